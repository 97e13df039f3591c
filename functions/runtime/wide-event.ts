/** Writes the wide line of a request. What may be on it is the contract's list: nothing from a body is. */
import {
  NAMESPACE,
  SERVICE,
  type Field,
  type FunctionName,
  type MetricName,
  type OperationType,
  type Status,
} from '../contract/catalogue.ts';
import {
  encodeLine,
  READ_METRICS,
  SUBMIT_METRICS,
  type Directive,
  type MemberName,
  type ReadLine,
  type RequestMembers,
  type SubmitLine,
  type Unit,
} from '../contract/wide-line.ts';

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
    write(encodeLine(event.status === undefined ? readLine(event, outcome) : submitLine(event, event.status, outcome)));
  };
}

const SUBMIT = directives('status', SUBMIT_METRICS);
const READ = directives('operation_type', READ_METRICS);

function directives<Name extends MetricName>(
  dimension: MemberName,
  units: Readonly<Record<Name, Unit>>,
): readonly Directive<Name>[] {
  const Metrics = (Object.keys(units) as Name[]).map((Name) => ({ Name, Unit: units[Name] }));
  return [{ Namespace: NAMESPACE, Dimensions: [['service', dimension]], Metrics }];
}

function submitLine(event: RequestEvent, status: Status, outcome: Outcome): SubmitLine {
  const { operations } = event;
  return {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: SUBMIT },
    service: SERVICE,
    status,
    prior_auth_requests_total: 1,
    prior_auth_request_duration_seconds: Math.round(outcome.durationMs * 1000) / 1e6,
    ...requestMembers(event, outcome),
    database_operations: Object.keys(operations).length > 0 ? operations : undefined,
    failed_fields: event.failedFields,
    failed_rules: event.failedRules,
    npi_check_failed: event.npiCheckFailed || undefined,
    audit_seq: event.auditSeq,
    audit_head: event.auditHead,
  };
}

function readLine(event: RequestEvent, outcome: Outcome): ReadLine {
  return {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: READ },
    service: SERVICE,
    operation_type: 'read_request',
    prior_auth_database_operations_total: event.operations.read_request ?? 0,
    ...requestMembers(event, outcome),
    duration_ms: Math.round(outcome.durationMs * 1000) / 1000,
  };
}

function requestMembers(event: RequestEvent, outcome: Outcome): RequestMembers {
  return {
    level: outcome.httpStatus >= 500 ? 'ERROR' : 'INFO',
    event_id: event.eventId,
    trace_id: outcome.traceId,
    span_id: outcome.spanId,
    trace_flags: outcome.kept ? '01' : '00',
    function_name: outcome.functionName,
    route: outcome.route,
    http_status: outcome.httpStatus,
    cold_start: outcome.coldStart || undefined,
    error_type: outcome.errorType,
    request_id: event.requestId,
  };
}
