/**
 * What the console's page reads from its server, each inside the `data` of Jaeger's envelope. Both sides, and the
 * tests, hold to these shapes. No member of a request's body is among them.
 */
import * as z from 'zod/mini';
import { AuditEvent } from '../client/audit-event.ts';

/** One line of the list of requests: a trace, told by its longest root span. Times in microseconds. */
export const RequestSummary = z.object({
  traceID: z.string(),
  /** Where the trace stands in the order of arrival. */
  arrival: z.number(),
  /** Since the epoch. */
  startTime: z.number(),
  duration: z.number(),
  /** Method and route: the name of the root span. */
  name: z.string(),
  /** Of the HTTP answer; null where the root span has none. */
  status: z.nullable(z.number()),
  /** Whether any span of it failed. */
  error: z.boolean(),
  spans: z.number(),
  /** `PA-00001`; none where nothing was stored, several where a caller joined requests in one trace. */
  requestIDs: z.array(z.string()),
  /** The span that itself takes the most, its share of the whole (0 to 1), and whether somebody waits for it. */
  slowest: z.object({ name: z.string(), share: z.number(), isBottleneck: z.boolean() }),
});
export type RequestSummary = z.infer<typeof RequestSummary>;

/**
 * `GET /api/requests?since={cursor}`: what has arrived or changed after a cursor (0: everything); `latest` limits how
 * many.
 */
export const Requests = z.object({
  /** Another one than before: the store began anew, and so must its reader. */
  run: z.string(),
  /** For the next question. */
  cursor: z.number(),
  /** The arrival of the oldest trace that is still stored: what came before it is gone. */
  oldest: z.number(),
  /** In the order of arrival. */
  requests: z.array(RequestSummary),
});
export type Requests = z.infer<typeof Requests>;

/** `GET /api/requests/{request_id}/audit`: the trail as the API gives it back, and nothing else of its answer. */
export const AuditTrail = z.array(AuditEvent);

/** A line of a chart: one value for each of the times, null where nothing is known. */
export const ChartSeries = z.object({ name: z.string(), values: z.array(z.nullable(z.number())) });
export type ChartSeries = z.infer<typeof ChartSeries>;

/** A request that its histogram names as an example. */
export const Exemplar = z.object({
  traceID: z.string(),
  /** Unix time in seconds. */
  at: z.number(),
  /** Seconds. */
  value: z.number(),
  /** The label `status` of its series. */
  status: z.string(),
});
export type Exemplar = z.infer<typeof Exemplar>;

const chart = z.array(ChartSeries);

/** `GET /api/charts`: the last hour of `/metrics`. */
export const Charts = z.object({
  /** Unix times in seconds, one for each scrape, ascending. */
  times: z.array(z.number()),
  /** Why the last scrape failed; null in health. */
  failure: z.nullable(z.string()),
  /** Requests per second by `status`, over the last minute. */
  requests: chart,
  /** Seconds: p50, p95, p99 of the requests of the last minute. */
  latency: chart,
  /** Per second by `operation_type`. */
  operations: chart,
  /** Per second by `field`. */
  failures: chart,
  /** Per second by `outcome`. */
  bridge: chart,
  /** The gauge itself. */
  uncounted: chart,
  /** Oldest first. */
  exemplars: z.array(Exemplar),
});
export type Charts = z.infer<typeof Charts>;
