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

/** Jaeger's page divides decimally from a second down, and so does this; no request here takes minutes. */
const UNITS = [
  { unit: 's', microseconds: 1_000_000 },
  { unit: 'ms', microseconds: 1000 },
] as const;

/** From here on two decimals of the smaller unit make a whole one: 999.996ms is written 1s. */
const ROUNDS_UP = 0.999_995;

/** `2.05s`, `12.3ms`, `92μs`: two decimals at most, as Jaeger's page writes a duration. */
export function formatDuration(microseconds: number): string {
  if (microseconds < 0) return `-${formatDuration(-microseconds)}`;
  const { unit, microseconds: divisor } = UNITS.find((each) => microseconds >= each.microseconds * ROUNDS_UP) ?? {
    unit: 'μs',
    microseconds: 1,
  };
  return `${Math.round((microseconds / divisor) * 100) / 100}${unit}`;
}

/** A share of a whole: `97%`, and below ten per cent with up to two decimals, `0.02%`. */
export function formatShare(part: number, whole: number): string {
  const percent = whole === 0 ? 0 : (part / whole) * 100;
  return `${percent >= 10 ? Math.round(percent) : Math.round(percent * 100) / 100}%`;
}
