/**
 * The wide line for those who read it: `WideLine.parse(JSON.parse(encodeLine(line)))` is the line again. A reader takes
 * a `z.pick` of what it looks at, so that lines of another version stay readable. Members are those of
 * `../wide-line.ts`; a type test holds the two equal.
 */
import * as z from 'zod/mini';
import {
  FIELDS,
  FUNCTION_NAMES,
  NAMESPACE,
  OPERATION_TYPES,
  SERVICE,
  STATUSES,
  type MetricName,
} from '../catalogue.ts';
import { LEVELS, READ_METRICS, SUBMIT_METRICS, TRACE_FLAGS, UNITS } from '../wide-line.ts';

const flag = z.optional(z.literal(true));

/** @param metrics each with its unit */
function emf<Name extends MetricName>(metrics: Readonly<Record<Name, string>>) {
  const names = Object.keys(metrics) as Name[];
  const directive = z.object({
    Namespace: z.literal(NAMESPACE),
    Dimensions: z.array(z.array(z.string())),
    Metrics: z.array(z.object({ Name: z.enum(names), Unit: z.enum(UNITS) })),
  });
  return { _aws: z.object({ Timestamp: z.int(), CloudWatchMetrics: z.array(directive) }), service: z.literal(SERVICE) };
}

const ofRequest = {
  level: z.enum(LEVELS),
  event_id: z.string(),
  trace_id: z.string(),
  span_id: z.string(),
  trace_flags: z.enum(TRACE_FLAGS),
  function_name: z.enum(FUNCTION_NAMES),
  route: z.string(),
  http_status: z.int(),
  cold_start: flag,
  error_type: z.optional(z.string()),
  request_id: z.optional(z.string()),
};

export const SubmitLine = z.object({
  ...emf(SUBMIT_METRICS),
  ...ofRequest,
  status: z.enum(STATUSES),
  prior_auth_requests_total: z.number(),
  prior_auth_request_duration_seconds: z.number(),
  database_operations: z.optional(z.partialRecord(z.enum(OPERATION_TYPES), z.number())),
  failed_fields: z.optional(z.array(z.enum(FIELDS))),
  failed_rules: z.optional(z.array(z.string())),
  npi_check_failed: flag,
  audit_seq: z.optional(z.int().check(z.minimum(1))),
  audit_head: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
});

export const ReadLine = z.object({
  ...emf(READ_METRICS),
  ...ofRequest,
  operation_type: z.literal('read_request'),
  prior_auth_database_operations_total: z.number(),
  duration_ms: z.number(),
});

export const WideLine = z.union([SubmitLine, ReadLine]);
