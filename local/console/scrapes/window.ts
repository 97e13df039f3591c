/**
 * How a counter rose within the last minute, at each scrape. Pure.
 *
 * As PromQL's `rate` and `increase` do it, but without extrapolation: those answer for windows that begin between two
 * samples, and make 3.27 requests of 3. Here a window begins at a sample and ends at one, so the increase is what was
 * counted, and it is divided by the time in which it was counted.
 */
export const RATE_WINDOW_SECONDS = 60;

/**
 * By how much it rose. The arrays are as long as each other: Unix times in seconds, ascending, and values, NaN for
 * none.
 */
export function increases(times: Float64Array, values: Float64Array): Float64Array {
  return measureRises(times, values, (by) => by);
}

/** By how much it rose in a second. */
export function rates(times: Float64Array, values: Float64Array): Float64Array {
  return measureRises(times, values, (by, seconds) => by / seconds);
}

/**
 * From the oldest value of the minute. NaN where there is no value, none before it in the minute, or the counter fell
 * meanwhile: another database answers since, and a difference between two of them means nothing.
 */
function measureRises(
  times: Float64Array,
  values: Float64Array,
  measure: (by: number, seconds: number) => number,
): Float64Array {
  const rises = new Float64Array(times.length).fill(NaN);
  let oldest = 0;
  let lastFall = 0;
  let latest = NaN;
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    if (value < latest) lastFall = index;
    latest = value;
    const secondsFrom = (start: number) => (times[index] ?? NaN) - (times[start] ?? NaN);
    while (secondsFrom(oldest) > RATE_WINDOW_SECONDS || Number.isNaN(values[oldest])) oldest += 1;
    if (oldest < index && oldest >= lastFall) {
      rises[index] = measure(value - (values[oldest] ?? NaN), secondsFrom(oldest));
    }
  }
  return rises;
}
