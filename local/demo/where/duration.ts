/** Jaeger's page divides decimally from a second down, and so does this; no request here takes minutes. */
const UNITS = [
  { unit: 's', microseconds: 1_000_000 },
  { unit: 'ms', microseconds: 1000 },
] as const;

/** `2.05s`, `12.3ms`, `92μs`: two decimals at most, as Jaeger's page writes a duration. */
export function formatDuration(microseconds: number): string {
  const { unit, microseconds: divisor } = UNITS.find((each) => microseconds >= each.microseconds) ?? {
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
