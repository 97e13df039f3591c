/**
 * The one line that a request writes: its log line, its metrics and the witness of its audit chain at once, in
 * CloudWatch's Embedded Metric Format. Its members by name and type, for the writer; `schemas/wide-line.ts` is the
 * same for readers. No member holds anything of a body.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import type { Field, FunctionName, MetricName, NAMESPACE, OperationType, SERVICE, Status } from './catalogue.ts';

export const UNITS = ['Count', 'Seconds'] as const;
export type Unit = (typeof UNITS)[number];
type Units = Readonly<Partial<Record<MetricName, Unit>>>;

/** The metrics that are members of a line, each with its unit; others the bridge makes of other members. */
export const SUBMIT_METRICS = {
  prior_auth_requests_total: 'Count',
  prior_auth_request_duration_seconds: 'Seconds',
} as const satisfies Units;
export const READ_METRICS = { prior_auth_database_operations_total: 'Count' } as const satisfies Units;

export const LEVELS = ['INFO', 'ERROR'] as const;
/** 01: the layer kept the trace, 00: it was sampled out. */
export const TRACE_FLAGS = ['00', '01'] as const;

/** What tells CloudWatch which members of the line are metrics, and which their dimensions. */
export interface Directive<Name> {
  readonly Namespace: typeof NAMESPACE;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: Name; readonly Unit: Unit }[];
}

type Emf<Metrics extends Units> = { readonly [Name in keyof Metrics]: number } & {
  readonly _aws: {
    /** Unix time in milliseconds. */
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly Directive<keyof Metrics>[];
  };
  readonly service: typeof SERVICE;
};

/** What every line has. A member that is undefined is not written. */
export interface RequestMembers {
  readonly level: (typeof LEVELS)[number];
  /** UUID by which the bridge counts the line exactly once. */
  readonly event_id: string;
  readonly trace_id: string;
  readonly span_id: string;
  readonly trace_flags: (typeof TRACE_FLAGS)[number];
  readonly function_name: FunctionName;
  readonly route: string;
  readonly http_status: number;
  readonly cold_start?: true | undefined;
  readonly error_type?: string | undefined;
  /** Only where something was stored, or read. */
  readonly request_id?: string | undefined;
}

export interface SubmitLine extends RequestMembers, Emf<typeof SUBMIT_METRICS> {
  readonly status: Status;
  readonly database_operations?: Readonly<Partial<Record<OperationType, number>>> | undefined;
  /** Only of a refused request; the second says of each field of the first which rule it breaks. */
  readonly failed_fields?: readonly Field[] | undefined;
  readonly failed_rules?: readonly string[] | undefined;
  readonly npi_check_failed?: true | undefined;
  /** The audit row that `audit_head` is of; lines from before heads named their row have none. */
  readonly audit_seq?: number | undefined;
  /** The hash of that row, a sha256 in hex: what `npm run verify` holds against the database. */
  readonly audit_head?: string | undefined;
}

export interface ReadLine extends RequestMembers, Emf<typeof READ_METRICS> {
  readonly operation_type: 'read_request';
  readonly duration_ms: number;
}

export type WideLine = SubmitLine | ReadLine;
export type MemberName = keyof SubmitLine | keyof ReadLine;

/** With its end. */
export function encodeLine(line: WideLine): string {
  return `${JSON.stringify(line)}\n`;
}
