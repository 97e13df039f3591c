/** Whether a panel shows a number in the unit of what it measures. Pure. */

/** Grafana's names of units of time that count in seconds, as every metric of this service does. */
const SECONDS = new Set(['s', 'dtdurations', 'dthms']);
/** Other units in which a plain number would be scaled: times, dates, bytes and bits. */
const SCALED =
  /^(ns|µs|ms|m|h|d|dt\w+|timeticks|clock\w+|dateTime\w*|time:.*|(dec)?(bytes|bits)|[kmgtp]?(bytes|bits|bps|Bps)|binBps|binbps)$/i;

export interface Panel {
  readonly title: string;
  /** As Grafana names it; undefined where none is set, which is a plain number. */
  readonly unit: string | undefined;
  /** PromQL. */
  readonly expressions: readonly string[];
}

export type Quantity = 'seconds' | 'date' | 'number';

/** What an expression measures, by the names of metrics and functions in it. */
export function quantityOf(expression: string): Quantity {
  // What stands in quotes is a label's value.
  const bare = expression.replaceAll(/"[^"]*"/g, '""');
  if (/_timestamp_seconds\b/.test(bare) && !/\btime\(\)/.test(bare)) return 'date';
  if (/\btime\(\)|\bhistogram_quantile\b/.test(bare)) return 'seconds';
  if (bare.includes('/')) return /_seconds_sum\b/.test(bare) && /_seconds_count\b/.test(bare) ? 'seconds' : 'number';
  return /_seconds\b/.test(bare) ? 'seconds' : 'number';
}

/** What is wrong with a panel's unit: such an axis counts in billions, or reads seconds as something else. */
export function findUnitFault({ title, unit = '', expressions }: Panel): string | undefined {
  const quantities = expressions.map(quantityOf);
  const shown = unit === '' ? 'no unit' : `"${unit}"`;
  if (quantities.includes('date') && !/^(dateTime|time:)/.test(unit))
    return `“${title}” shows a date as a number (${shown})`;
  if (quantities.includes('seconds') && !SECONDS.has(unit)) return `“${title}” shows seconds in ${shown}`;
  const isScaled = SECONDS.has(unit) || SCALED.test(unit);
  return quantities.includes('number') && isScaled ? `“${title}” shows plain numbers in ${shown}` : undefined;
}
