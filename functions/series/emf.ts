/**
 * From a log line in CloudWatch's Embedded Metric Format to samples. Pure; what is not in the catalogue does not get in.
 * Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { FIELDS, FUNCTION_NAMES, NAMESPACE, OPERATION_TYPES, type MetricName } from './catalogue.ts';
import { Refusal, type Reason } from './refusal.ts';
import type { Sample } from './samples.ts';
import { isMetricName, metricOf, type Labels } from './series.ts';
import { MAX_COUNT, observations } from './emf-value.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Longer than any redelivery or dead-letter queue; the ids of older events are forgotten, so they cannot be counted safely. */
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

const Count = z.int().check(z.minimum(0), z.maximum(MAX_COUNT));
/** The members that the bridge reads. Others are the log's business. */
const Line = z.looseObject({
  _aws: z.object({
    Timestamp: z.int(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
  event_id: z.optional(z.guid()),
  trace_id: z.optional(z.string()),
  trace_flags: z.optional(z.string()),
  database_operations: z.optional(z.partialRecord(z.enum(OPERATION_TYPES), Count)),
  failed_fields: z.optional(z.array(z.enum(FIELDS))),
  cold_start: z.optional(z.boolean()),
  function_name: z.optional(z.enum(FUNCTION_NAMES)),
  npi_check_failed: z.optional(z.boolean()),
});
type Line = z.infer<typeof Line>;

/**
 * The event that a line is, or undefined when the line is not an EMF line of our namespace.
 * @throws Refusal when it is and cannot be counted.
 */
export function decode(source: LogLine, now: number): CountableEvent | undefined {
  const { message } = source;
  if (!message.includes('"_aws"') || !message.includes(`"${NAMESPACE}"`)) return undefined;
  const line = parse(message);
  const directives = line._aws.CloudWatchMetrics.filter((directive) => directive.Namespace === NAMESPACE);
  if (directives.length === 0) return undefined;
  const samples = [...metricSamples(line, directives), ...memberSamples(line)];
  return { id: line.event_id?.toLowerCase() ?? idOf(source), days: [dayOf(line._aws.Timestamp, now)], samples };
}

function parse(message: string): Line {
  let json: unknown;
  try {
    json = JSON.parse(message);
  } catch {
    throw new Refusal('line_not_json');
  }
  const result = Line.safeParse(json);
  if (result.success) return result.data;
  throw new Refusal(reasonOf(result.error.issues[0]?.path[0]));
}

function reasonOf(member: PropertyKey | undefined): Reason {
  if (member === undefined || member === '_aws') return 'line_malformed';
  return member === 'event_id' ? 'event_id_not_a_uuid' : 'member_invalid';
}

function dayOf(timestamp: number, now: number): string {
  if (timestamp > now + MAX_AHEAD_MS) throw new Refusal('event_in_the_future');
  if (timestamp < now - MAX_AGE_MS) throw new Refusal('event_too_old');
  return utcDay(timestamp);
}

/** @param at Unix time in milliseconds */
export function utcDay(at: number): string {
  return new Date(at).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

/** A line without an event id is known by where it stands: half of a sha256, in the shape of a UUID. */
function idOf({ owner, logGroup, logStream, id }: LogLine): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([owner, logGroup, logStream, id]))
    .digest('hex');
  return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function metricSamples(line: Line, directives: Line['_aws']['CloudWatchMetrics']): Sample[] {
  const seen = new Set<string>();
  return directives.flatMap(({ Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name }) => {
      if (!isMetricName(Name) || metricOf(Name).source !== 'event' || seen.has(Name))
        throw new Refusal('metric_unknown');
      seen.add(Name);
      const labels = labelsOf(line, Name, Dimensions.flat());
      const exemplar = exemplarOf(line);
      return observations(Name, line[Name]).map(([value, times]) => ({
        metric: Name,
        labels,
        value,
        times,
        ...exemplar,
      }));
    }),
  );
}

/** The dimensions must be the metric's labels, and their values the catalogue's. `service` is CloudWatch's alone. */
function labelsOf(line: Line, name: MetricName, dimensions: readonly string[]): Labels {
  const allowed = metricOf(name).labels;
  const named = dimensions.filter((dimension) => dimension !== 'service');
  if (named.some((label) => !Object.hasOwn(allowed, label))) throw new Refusal('labels_unknown');
  return Object.fromEntries(
    Object.entries(allowed).map(([label, values]) => {
      const value = line[label];
      if (!named.includes(label) || typeof value !== 'string' || !values?.includes(value)) {
        throw new Refusal('labels_unknown');
      }
      return [label, value];
    }),
  );
}

/** Only a trace that was kept can be looked up. */
function exemplarOf({ trace_id, trace_flags, _aws }: Line): Pick<Sample, 'exemplar'> {
  const isKept = trace_flags === '01' && trace_id !== undefined && /^(?!0{32})[0-9a-f]{32}$/.test(trace_id);
  return isKept ? { exemplar: { traceId: trace_id, at: _aws.Timestamp } } : {};
}

/** Facts of the line that have labels other than the line's dimensions. */
function memberSamples(line: Line): Sample[] {
  const samples: Sample[] = [];
  for (const [operation_type, value] of Object.entries(line.database_operations ?? {})) {
    samples.push({ metric: 'prior_auth_database_operations_total', labels: { operation_type }, value });
  }
  for (const field of new Set(line.failed_fields)) {
    samples.push({ metric: 'prior_auth_validation_failures_total', labels: { field }, value: 1 });
  }
  if (line.cold_start) {
    const { function_name } = line;
    if (function_name === undefined) throw new Refusal('member_invalid');
    samples.push({ metric: 'prior_auth_cold_starts_total', labels: { function_name }, value: 1 });
  }
  if (line.npi_check_failed) samples.push({ metric: 'prior_auth_npi_check_failures_total', labels: {}, value: 1 });
  return samples;
}
