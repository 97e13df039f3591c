/** The part of the last hour that is looked at. Pure; seconds. */

export const RANGES = { '5m': 300, '15m': 900, '1h': 3600 } as const;
export type RangeName = keyof typeof RANGES;

/** The range that was asked for, or the shortest that holds all there is. */
export function chooseRange(asked: string | null, times: readonly number[]): RangeName {
  if (asked !== null && Object.hasOwn(RANGES, asked)) return asked as RangeName;
  const known = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return known <= RANGES['5m'] ? '5m' : known <= RANGES['15m'] ? '15m' : '1h';
}
