/**
 * Every metric of this service: name, type, unit, help, labels and the label values that are allowed.
 *
 * Pure data, the one file that any part may import: the EMF writer encodes from it, the bridge decodes by it,
 * `/metrics` renders it, and dashboards, alerts and alarms take their names from it. A metric or label value that is
 * not here does not exist.
 */

/** The CloudWatch namespace of the EMF lines; the log subscription matches on it. */
export const NAMESPACE = 'PriorAuth';

/** `service.name` in traces and the `service` dimension in CloudWatch. */
export const SERVICE = 'prior-auth-api';

/** What became of a submit. validation_error: 400, 413, 415, 422. conflict: 409. error: 5xx. */
export const STATUSES = ['success', 'validation_error', 'conflict', 'replayed', 'error'] as const;
export type Status = (typeof STATUSES)[number];

/** What the service does in PostgreSQL, counted by row or statement that took effect. */
export const OPERATION_TYPES = [
  'generate_request_id',
  'insert_request',
  'insert_audit_event',
  'insert_idempotency_key',
  'read_idempotency_key',
  'read_request',
] as const;
export type OperationType = (typeof OPERATION_TYPES)[number];

/** The field a validation failure is about; `body` is the document as a whole (not JSON, too large, unknown member). */
export const FIELDS = [
  'member_id',
  'provider_npi',
  'diagnosis_code',
  'requested_service',
  'idempotency_key',
  'body',
] as const;
export type Field = (typeof FIELDS)[number];

export const FUNCTION_NAMES = ['submit', 'status'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

export const BRIDGE_OUTCOMES = ['counted', 'duplicate', 'quarantined', 'reconciled'] as const;
export type BridgeOutcome = (typeof BRIDGE_OUTCOMES)[number];

/**
 * Upper bounds in seconds: a normal 0.04 s and a slow 2.05 s fall into buckets of their own. Stored counts are by
 * bucket, so other bounds need a migration of the series.
 */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2, 2.5, 5, 10] as const;

interface MetricBase {
  readonly help: string;
  /** Who says so: the wide event of a request, the bridge of itself, or `/metrics` at each scrape. */
  readonly source: 'event' | 'bridge' | 'scrape';
  /** Label name to its allowed values; `null` where the values are open (a version). */
  readonly labels: Readonly<Record<string, readonly string[] | null>>;
}
export interface Counter extends MetricBase {
  readonly type: 'counter';
}
export interface Gauge extends MetricBase {
  readonly type: 'gauge';
  readonly unit?: 'seconds';
}
export interface Histogram extends MetricBase {
  readonly type: 'histogram';
  readonly unit: 'seconds';
  readonly buckets: readonly number[];
}
export type Metric = Counter | Gauge | Histogram;

export const CATALOGUE = {
  prior_auth_requests_total: {
    type: 'counter',
    source: 'event',
    help: 'Prior authorization submits answered, by outcome.',
    labels: { status: STATUSES },
  },
  prior_auth_database_operations_total: {
    type: 'counter',
    source: 'event',
    help: 'Database operations that took effect, by type.',
    labels: { operation_type: OPERATION_TYPES },
  },
  prior_auth_validation_failures_total: {
    type: 'counter',
    source: 'event',
    help: 'Submits refused because of a field, by field.',
    labels: { field: FIELDS },
  },
  prior_auth_request_duration_seconds: {
    type: 'histogram',
    source: 'event',
    unit: 'seconds',
    help: 'Time from the start of a submit to its answer, in seconds.',
    labels: { status: STATUSES },
    buckets: DURATION_BUCKETS,
  },
  prior_auth_npi_check_failures_total: {
    type: 'counter',
    source: 'event',
    help: 'Submits accepted although the check digit of provider_npi is wrong (NPI_CHECK_DIGIT=warn).',
    labels: {},
  },
  prior_auth_cold_starts_total: {
    type: 'counter',
    source: 'event',
    help: 'Execution environments started, by function.',
    labels: { function_name: FUNCTION_NAMES },
  },
  prior_auth_bridge_events_total: {
    type: 'counter',
    source: 'bridge',
    help: 'Events the bridge saw: counted, duplicate, quarantined, or reconciled from the database.',
    labels: { outcome: BRIDGE_OUTCOMES },
  },
  prior_auth_bridge_last_success_timestamp_seconds: {
    type: 'gauge',
    source: 'bridge',
    unit: 'seconds',
    help: 'Unix time of the last batch that the bridge committed.',
    labels: {},
  },
  prior_auth_series_dropped_total: {
    type: 'counter',
    source: 'bridge',
    help: 'Samples folded into the overflow series because the number of series reached its cap.',
    labels: {},
  },
  prior_auth_uncounted_requests: {
    type: 'gauge',
    source: 'scrape',
    help: 'Committed requests older than five minutes whose event was never counted; 0 in health.',
    labels: {},
  },
  prior_auth_build_info: {
    type: 'gauge',
    source: 'scrape',
    help: 'Always 1; the version of the service and of Node are its labels.',
    labels: { version: null, node: null },
  },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof CATALOGUE;
