const MICROSECONDS: Readonly<Record<string, number>> = {
  ns: 1e-3,
  us: 1,
  µs: 1, // U+00B5, the micro sign
  μs: 1, // U+03BC, the Greek letter
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3600e6,
  d: 86_400e6,
};

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/y;

/**
 * Microseconds of a duration as Jaeger's clients write it: `100ms`, `1.2s`, `1h30m`, the syntax of Go's
 * `time.ParseDuration` without a sign, and days beside it. Undefined for anything else.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let microseconds = 0;
  let offset = 0;
  while (offset < text.length) {
    PART.lastIndex = offset;
    const [part, amount, unit] = PART.exec(text) ?? [];
    if (part === undefined || unit === undefined) return undefined;
    microseconds += Number(amount) * (MICROSECONDS[unit] ?? NaN);
    offset += part.length;
  }
  return text === '' ? undefined : microseconds;
}
