/** What happened between two readings of `/metrics`. Pure. */
import type { MetricName, OperationType, Status } from '../../functions/contract/catalogue.ts';
import { toNumber } from './exposition.ts';
import { valueOf, type Readable, type Reading } from './metrics.ts';

const DURATION_BUCKET = `${'prior_auth_request_duration_seconds' satisfies MetricName}_bucket`;

export function submits(status: Status): string {
  return `prior_auth_requests_total{status="${status}"}`;
}

export function operations(type: OperationType): string {
  return `prior_auth_database_operations_total{operation_type="${type}"}`;
}

/** By how much a series rose; one that is not there stands at 0. */
export function move(before: Reading, after: Reading, series: string): number {
  return valueOf(after, series) - valueOf(before, series);
}

/** The counters that moved, in the order of `/metrics`. Gauges have no name that ends with `_total`. */
export function movedCounters(before: Reading, after: Readable): string[] {
  const counters = after.samples.filter(({ name }) => name.endsWith('_total')).map(({ series }) => series);
  return counters.filter((series) => move(before, after, series) !== 0);
}

/** A bucket of the histogram that took requests: those over one bound and up to the next, in seconds. */
export interface Bucket {
  readonly series: string;
  readonly status: string;
  readonly over: number;
  readonly upTo: number;
  readonly took: number;
}

/** The buckets that took requests. `/metrics` cumulates them: each holds what the one before it holds. */
export function movedBuckets(before: Reading, after: Readable): Bucket[] {
  const buckets: Bucket[] = [];
  let previous = { status: '', upTo: 0, cumulated: 0 };
  for (const { name, series, labels } of after.samples) {
    if (name !== DURATION_BUCKET) continue;
    const { status = '', le = '' } = labels;
    if (status !== previous.status) previous = { status, upTo: 0, cumulated: 0 };
    const upTo = toNumber(le);
    const cumulated = move(before, after, series);
    const took = cumulated - previous.cumulated;
    if (took > 0) buckets.push({ series, status, over: previous.upTo, upTo, took });
    previous = { status, upTo, cumulated };
  }
  return buckets;
}
