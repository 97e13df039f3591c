/**
 * From a log line in CloudWatch's Embedded Metric Format to samples. Pure; what is not in the catalogue does not get
 * in. Format:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { FIELDS, FUNCTION_NAMES, NAMESPACE, OPERATION_TYPES, type MetricName } from '../contract/catalogue.ts';
import type { MemberName } from '../contract/wide-line.ts';
import { readDirectives, type Directed } from './directives.ts';
import { memoizeByText } from './memoize.ts';
import { Refusal, type Reason } from './refusal.ts';
import type { Sample } from './samples.ts';
import { metricOf, type Labels } from './series.ts';
import { MAX_COUNT, observations } from './emf-value.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/**
 * Longer than any redelivery or dead-letter queue; the ids of older events are forgotten, so they cannot be counted
 * safely.
 */
const MAX_AGE_MS = 21 * DAY_MS;
const MAX_AHEAD_MS = DAY_MS;

/** A line with its place in CloudWatch Logs. */
export interface LogLine {
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly id: string;
  readonly message: string;
}

/** An event to be counted once. */
export interface CountableEvent {
  readonly id: string;
  /** UTC days (YYYY-MM-DD) under which the id is remembered; it is new only if it is new on all of them. */
  readonly days: readonly string[];
  readonly samples: readonly Sample[];
}

const Metadata = z.object({ Timestamp: z.int(), CloudWatchMetrics: z.unknown() });

/** The members that the bridge reads where a line has them. Others are the log's business. */
const EventId = z.guid();
const Operations = z.partialRecord(z.enum(OPERATION_TYPES), z.int().check(z.minimum(0), z.maximum(MAX_COUNT)));
const FailedFields = z.array(z.enum(FIELDS));
const FunctionOfLine = z.enum(FUNCTION_NAMES);
const Flag = z.boolean();

/** Anybody's line: of the contract's members any may be absent, or of another shape. */
type Line = Readonly<Record<string, unknown>> & { readonly [Name in MemberName]?: unknown };

/**
 * The event that a line is, or undefined when the line is not an EMF line of our namespace.
 * @throws Refusal when it is and cannot be counted.
 */
export function decode(source: LogLine, now: number): CountableEvent | undefined {
  const { message } = source;
  if (!message.includes('"_aws"') || !message.includes(`"${NAMESPACE}"`)) return undefined;
  const line = parseLine(message);
  const { Timestamp, CloudWatchMetrics } = parse(Metadata, line._aws, 'line_malformed');
  const directed = readDirectives(CloudWatchMetrics);
  if (directed.length === 0) return undefined;
  const id = parsePresent(EventId, line.event_id, 'event_id_not_a_uuid')?.toLowerCase() ?? idOf(source);
  const exemplar = exemplarOf(line, Timestamp);
  return {
    id,
    days: [dayOf(Timestamp, now)],
    samples: [...metricSamples(line, directed, exemplar), ...memberSamples(line)],
  };
}

function parseLine(message: string): Line {
  try {
    const json: unknown = JSON.parse(message);
    if (isObject(json)) return json;
  } catch {
    throw new Refusal('line_not_json');
  }
  throw new Refusal('line_malformed');
}

function isObject(json: unknown): json is Line {
  return typeof json === 'object' && json !== null;
}

function parse<T>(schema: z.ZodMiniType<T>, value: unknown, reason: Reason): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new Refusal(reason);
  return result.data;
}

/**
 * Most lines have few of the optional members, and parsing is most of the bridge's work: what is absent is not parsed.
 */
function parsePresent<T>(schema: z.ZodMiniType<T>, value: unknown, reason: Reason): T | undefined {
  return value === undefined ? undefined : parse(schema, value, reason);
}

function dayOf(timestamp: number, now: number): string {
  if (timestamp > now + MAX_AHEAD_MS) throw new Refusal('event_in_the_future');
  if (timestamp < now - MAX_AGE_MS) throw new Refusal('event_too_old');
  return nameOf(Math.floor(timestamp / DAY_MS));
}

/** Formatting a date costs a tenth of decoding a line, and nearly all lines are of today. */
const dayNames = new Map<number, string>();

function nameOf(day: number): string {
  const name = dayNames.get(day) ?? new Date(day * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
  dayNames.set(day, name);
  return name;
}

/** A line without an event id is known by where it stands: half of a sha256, in the shape of a UUID. */
function idOf({ owner, logGroup, logStream, id }: LogLine): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([owner, logGroup, logStream, id]))
    .digest('hex');
  return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function metricSamples(line: Line, directed: readonly Directed[], exemplar: Sample['exemplar']): Sample[] {
  return directed.flatMap(({ metric, labels: names }) => {
    const labels = labelsOf(line, metric, names);
    return observations(metric, line[metric]).map(([value, times]) => ({ metric, labels, value, times, exemplar }));
  });
}

/** The values must be the catalogue's. */
function labelsOf(line: Line, metric: MetricName, names: readonly string[]): Labels {
  const allowed = metricOf(metric).labels;
  const labels: Record<string, string> = {};
  for (const name of names) {
    const value = line[name];
    if (typeof value !== 'string' || !allowed[name]?.includes(value)) throw new Refusal('labels_unknown');
    labels[name] = value;
  }
  return labels;
}

/** Only a trace that was kept can be looked up. */
function exemplarOf({ trace_id, trace_flags }: Line, at: number): Sample['exemplar'] {
  const isKept = trace_flags === '01' && typeof trace_id === 'string' && /^(?!0{32})[0-9a-f]{32}$/.test(trace_id);
  return isKept ? { traceId: trace_id, at } : undefined;
}

/** Facts of the line that have labels other than the line's dimensions. */
function memberSamples(line: Line): Sample[] {
  const operations = line.database_operations;
  const samples: Sample[] = operations === undefined ? [] : [...operationSamples(operations)];
  for (const field of new Set(parsePresent(FailedFields, line.failed_fields, 'member_invalid'))) {
    samples.push({ metric: 'prior_auth_validation_failures_total', labels: { field }, value: 1 });
  }
  if (parsePresent(Flag, line.cold_start, 'member_invalid')) {
    const function_name = parse(FunctionOfLine, line.function_name, 'member_invalid');
    samples.push({ metric: 'prior_auth_cold_starts_total', labels: { function_name }, value: 1 });
  }
  if (parsePresent(Flag, line.npi_check_failed, 'member_invalid')) {
    samples.push({ metric: 'prior_auth_npi_check_failures_total', labels: {}, value: 1 });
  }
  return samples;
}

const operationSamples = memoizeByText((operations): readonly Sample[] =>
  Object.entries(parse(Operations, operations, 'member_invalid')).map(([operation_type, value]) => ({
    metric: 'prior_auth_database_operations_total',
    labels: { operation_type },
    value,
  })),
);
