/** How the values of a chart are written. Pure. */
import { formatDuration } from '../../../embedded/traces/duration.ts';

export type Unit = 'per second' | 'seconds' | 'requests';

/** Two significant digits and no more, but for what is counted: `0.017/s`, `12ms`, `137`. */
export function formatValue(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return '–';
  if (unit === 'requests') return String(value);
  const short = Number(value.toPrecision(2));
  if (unit === 'seconds') return formatDuration(short * 1_000_000);
  return `${short}/s`;
}
