/**
 * One request, sent to be followed through the system. What each hop has of it is read by the files beside this one;
 * the demo
 * explains what they find, and the doctor judges it.
 */
import { sizeOf } from '../embedded/shipper/tail.ts';
import type { Folders } from '../machine/folders.ts';
import type { Addresses } from './addresses.ts';
import { ask, isReply, type Reply, type Unreachable } from './http.ts';
import { readMetrics, type Reading } from './metrics.ts';
import { askForStatus, readReceivedSpans } from './trace.ts';
import { toTraceparent } from './traceparent.ts';

/** Where a request is looked for. */
export interface Place extends Addresses {
  /** Of the launchers whose spools may have its line. */
  readonly folders: readonly Folders[];
}

/** How things stood before the sending. */
export interface Baseline {
  readonly metrics: Reading;
  /** Of the embedded trace store; undefined where there is none. */
  readonly receivedSpans: number | undefined;
  /** Bytes, for each of the place's folders. */
  readonly spoolSizes: readonly number[];
}

/** What the hops are asked about. */
export interface Followed {
  readonly traceId: string;
  /** Unix time in milliseconds. */
  readonly sentAt: number;
  readonly before: Baseline;
}

export interface Sent extends Followed {
  readonly reply: Reply | Unreachable;
  /** From the sending to the end of the answer. */
  readonly microseconds: number;
}

export interface Submission {
  readonly body: object;
  readonly idempotencyKey?: string;
  /** Given, it begins the trace; else the API does, and its answer names it. */
  readonly traceId?: string;
}

/** How long each answer is waited for, in milliseconds. */
interface Limits {
  readonly metrics: number;
  readonly traces: number;
  readonly submit: number;
}

/** Sends the request, once. */
export async function follow(place: Place, submission: Submission, limits: Limits): Promise<Sent> {
  const before = await readBaseline(place, limits);
  const sentAt = Date.now();
  const started = performance.now();
  const init = { method: 'POST', headers: headersOf(submission), body: JSON.stringify(submission.body) };
  const reply = await ask(`${place.api}/prior-auth/submit`, limits.submit, init);
  const microseconds = Math.round((performance.now() - started) * 1000);
  const answered = isReply(reply) ? reply.headers.get('x-trace-id') : undefined;
  return { traceId: submission.traceId ?? answered ?? '', sentAt, before, reply, microseconds };
}

function headersOf({ idempotencyKey, traceId }: Submission): Record<string, string> {
  return {
    'content-type': 'application/json',
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    ...(traceId !== undefined && { traceparent: toTraceparent(traceId) }),
  };
}

async function readBaseline({ api, traces, folders }: Place, limits: Limits): Promise<Baseline> {
  const [metrics, status] = await Promise.all([readMetrics(api, limits.metrics), askForStatus(traces, limits.traces)]);
  return { metrics, receivedSpans: readReceivedSpans(status), spoolSizes: folders.map(({ spool }) => sizeOf(spool)) };
}
