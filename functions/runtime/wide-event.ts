/**
 * One wide line per request, in CloudWatch's Embedded Metric Format: it is the request's log line, its metrics and the witness
 * of its audit chain at once. What may be on it is this file's list: nothing from a body is.
 */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import {
  NAMESPACE,
  SERVICE,
  type Field,
  type FunctionName,
  type OperationType,
  type Status,
} from '../series/catalogue.ts';

/** What the work adds while it runs; `serve` adds the rest. */
export interface RequestEvent {
  /** UUID by which the bridge counts this request exactly once. */
  readonly eventId: string;
  readonly operations: Partial<Record<OperationType, number>>;
  /** Set by a submit; a request without it is not counted as a submit. */
  status?: Status;
  requestId?: string;
  failedFields?: readonly Field[];
  failedRules?: readonly string[];
  npiCheckFailed?: boolean;
  /** Hash of the last audit row: what `npm run verify` holds against the database. */
  auditHead?: string;
}

/** What `serve` knows when the request is over. */
export interface Outcome {
  readonly functionName: FunctionName;
  readonly route: string;
  readonly httpStatus: number;
  readonly durationMs: number;
  readonly coldStart: boolean;
  readonly traceId: string;
  readonly spanId: string;
  readonly kept: boolean;
  readonly errorType: string | undefined;
}

export type WriteEvent = (event: RequestEvent, outcome: Outcome) => void;

/** Counts an operation that took effect. */
export function addOperation(event: RequestEvent, type: OperationType, times = 1): void {
  event.operations[type] = (event.operations[type] ?? 0) + times;
}

export function createWriter(metrics = new Metrics({ namespace: NAMESPACE, serviceName: SERVICE })): WriteEvent {
  return (event, outcome) => {
    if (event.status !== undefined) addSubmitMetrics(metrics, event.status, outcome);
    else addReadMetrics(metrics, event);
    for (const [name, value] of Object.entries(members(event, outcome))) {
      // Powertools types metadata as text and writes any JSON value.
      if (value !== undefined) metrics.addMetadata(name, value as string);
    }
    metrics.publishStoredMetrics();
  };
}

function addSubmitMetrics(metrics: Metrics, status: Status, outcome: Outcome): void {
  metrics.addDimension('status', status);
  metrics.addMetric('prior_auth_requests_total', MetricUnit.Count, 1);
  metrics.addMetric(
    'prior_auth_request_duration_seconds',
    MetricUnit.Seconds,
    Math.round(outcome.durationMs * 1000) / 1e6,
  );
}

function addReadMetrics(metrics: Metrics, event: RequestEvent): void {
  metrics.addDimension('operation_type', 'read_request');
  metrics.addMetric('prior_auth_database_operations_total', MetricUnit.Count, event.operations.read_request ?? 0);
}

function members(event: RequestEvent, outcome: Outcome): Record<string, unknown> {
  const isSubmit = event.status !== undefined;
  return {
    level: outcome.httpStatus >= 500 ? 'ERROR' : 'INFO',
    event_id: event.eventId,
    trace_id: outcome.traceId,
    span_id: outcome.spanId,
    trace_flags: outcome.kept ? '01' : '00',
    function_name: outcome.functionName,
    route: outcome.route,
    http_status: outcome.httpStatus,
    duration_ms: isSubmit ? undefined : Math.round(outcome.durationMs * 1000) / 1000,
    cold_start: outcome.coldStart || undefined,
    error_type: outcome.errorType,
    request_id: event.requestId,
    database_operations: isSubmit && Object.keys(event.operations).length > 0 ? event.operations : undefined,
    failed_fields: event.failedFields,
    failed_rules: event.failedRules,
    npi_check_failed: event.npiCheckFailed || undefined,
    audit_head: event.auditHead,
  };
}
