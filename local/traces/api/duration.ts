const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3, // U+00B5, the micro sign
  μs: 1e3, // U+03BC, the Greek letter
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
};

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/y;

/**
 * Microseconds of a duration as Jaeger's clients write it: `100ms`, `1.2s`, `1h30m`, the syntax of Go's
 * `time.ParseDuration` without a sign, and days beside it. Undefined for anything else.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let nanoseconds = 0;
  let offset = 0;
  while (offset < text.length) {
    PART.lastIndex = offset;
    const [part, amount, unit] = PART.exec(text) ?? [];
    if (part === undefined || unit === undefined) return undefined;
    nanoseconds += Number(amount) * (NANOSECONDS[unit] ?? NaN);
    offset += part.length;
  }
  return text === '' ? undefined : nanoseconds / 1000;
}
