import type { Sample } from './samples.ts';
import { seriesKey } from './series.ts';

/**
 * Far above what the closed label lists of the catalogue can make: the guard for the day when one of them is opened.
 */
export const MAX_SERIES = 500;

const OVERFLOW = 'overflow';

/**
 * Keeps the number of series at `cap`: a sample of a series beyond it is counted in the metric's `overflow` series
 * instead, and one more sample says how many were.
 * @param known keys (`seriesKey`) of the series that exist
 */
export function foldOverflow(samples: readonly Sample[], known: Iterable<string>, cap: number): Sample[] {
  const admitted = new Set(known);
  let dropped = 0;
  const folded = samples.map((sample) => {
    const key = seriesKey(sample.metric, sample.labels);
    if (admitted.has(key) || admitted.size < cap || Object.keys(sample.labels).length === 0) {
      admitted.add(key);
      return sample;
    }
    dropped += sample.times ?? 1;
    return { ...sample, labels: Object.fromEntries(Object.keys(sample.labels).map((label) => [label, OVERFLOW])) };
  });
  return dropped === 0
    ? folded
    : [...folded, { metric: 'prior_auth_series_dropped_total', labels: {}, value: dropped }];
}
