/** What happened between two readings of `/metrics`. Pure. */
import type { OperationType, Status } from '../../functions/contract/catalogue.ts';
import type { Example } from '../demo/examples.ts';
import type { Series } from '../demo/what/series.ts';

/** By how much one submit moves each series; somebody else may be submitting too, so they may move by more. */
export function expectedMoves(example: Example): ReadonlyMap<string, number> {
  if (example.outcome === 'accepted') {
    return new Map([
      [submits('success'), 1],
      [operations('generate_request_id'), 1],
      [operations('insert_request'), 1],
      [operations('insert_audit_event'), 3],
      [durations('success'), 1],
      ['prior_auth_npi_check_failures_total', 1],
    ]);
  }
  return new Map([
    [submits('validation_error'), 1],
    ...Object.keys(example.rules).map((field) => [failures(field), 1] as const),
    [durations('validation_error'), 1],
  ]);
}

export function submits(status: Status): string {
  return `prior_auth_requests_total{status="${status}"}`;
}

export function operations(type: OperationType): string {
  return `prior_auth_database_operations_total{operation_type="${type}"}`;
}

function failures(field: string): string {
  return `prior_auth_validation_failures_total{field="${field}"}`;
}

function durations(status: Status): string {
  return `prior_auth_request_duration_seconds_count{status="${status}"}`;
}

export function move(before: Series, after: Series, series: string): number {
  return (after.get(series) ?? 0) - (before.get(series) ?? 0);
}

/** The counters that moved, in the order of `/metrics`. Gauges have no name that ends with `_total`. */
export function movedCounters(before: Series, after: Series): string[] {
  return [...after.keys()].filter((series) => /^\w+_total(\{|$)/.test(series) && move(before, after, series) !== 0);
}

/** A bucket of the histogram that took requests: those over one bound and up to the next, in seconds. */
export interface Bucket {
  readonly series: string;
  readonly status: string;
  readonly over: number;
  readonly upTo: number;
  readonly took: number;
}

const BUCKET = /^prior_auth_request_duration_seconds_bucket\{status="(\w+)",le="([^"]+)"\}$/;

/** The buckets that took requests. `/metrics` cumulates them: each holds what the one before it holds. */
export function movedBuckets(before: Series, after: Series): Bucket[] {
  const buckets: Bucket[] = [];
  let previous = { status: '', upTo: 0, cumulated: 0 };
  for (const series of after.keys()) {
    const [, status, le] = BUCKET.exec(series) ?? [];
    if (status === undefined || le === undefined) continue;
    if (status !== previous.status) previous = { status, upTo: 0, cumulated: 0 };
    const upTo = le === '+Inf' ? Infinity : Number(le);
    const cumulated = move(before, after, series);
    const took = cumulated - previous.cumulated;
    if (took > 0) buckets.push({ series, status, over: previous.upTo, upTo, took });
    previous = { status, upTo, cumulated };
  }
  return buckets;
}
