/**
 * One wide line per request, in CloudWatch's Embedded Metric Format: it is the request's log line, its metrics and the
 * witness of its audit chain at once. What may be on it is this file's list: nothing from a body is.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import {
  NAMESPACE,
  SERVICE,
  type Field,
  type FunctionName,
  type MetricName,
  type OperationType,
  type Status,
} from '../contract/catalogue.ts';

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
  /** The audit row that `auditHead` is of. */
  auditSeq?: number;
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

/**
 * To standard output itself: Lambda's console would put a time and an id before the line, which is then no EMF.
 * @param write takes the line with its end
 */
export function createWriter(write: (line: string) => unknown = (line) => process.stdout.write(line)): WriteEvent {
  return (event, outcome) => {
    const metrics = event.status === undefined ? readMetrics(event) : submitMetrics(event.status, outcome);
    write(`${JSON.stringify({ ...metrics, ...members(event, outcome) })}\n`);
  };
}

const SUBMIT = directives('status', {
  prior_auth_requests_total: 'Count',
  prior_auth_request_duration_seconds: 'Seconds',
});
const READ = directives('operation_type', { prior_auth_database_operations_total: 'Count' });

/** What tells CloudWatch which members of the line are metrics. */
function directives(dimension: string, units: Partial<Record<MetricName, 'Count' | 'Seconds'>>): readonly object[] {
  const Metrics = Object.entries(units).map(([Name, Unit]) => ({ Name, Unit }));
  return [{ Namespace: NAMESPACE, Dimensions: [['service', dimension]], Metrics }];
}

function submitMetrics(status: Status, { durationMs }: Outcome): object {
  return {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: SUBMIT },
    service: SERVICE,
    status,
    prior_auth_requests_total: 1,
    prior_auth_request_duration_seconds: Math.round(durationMs * 1000) / 1e6,
  };
}

function readMetrics({ operations }: RequestEvent): object {
  return {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: READ },
    service: SERVICE,
    operation_type: 'read_request',
    prior_auth_database_operations_total: operations.read_request ?? 0,
  };
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
    audit_seq: event.auditSeq,
    audit_head: event.auditHead,
  };
}
