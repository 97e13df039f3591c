/** Of one measure, in the unit of its samples. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p90: number;
}

export function summarize(samples: readonly number[]): Summary {
  return {
    count: samples.length,
    min: quantile(samples, 0),
    median: quantile(samples, 0.5),
    p90: quantile(samples, 0.9),
  };
}

/**
 * Interpolated between the two nearest samples (Hyndman and Fan's type 7, what NumPy and R give by default); NaN of
 * none.
 * @param share 0 to 1
 */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const [below = NaN, above = NaN] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
  return below + (above - below) * (position - Math.floor(position));
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}
