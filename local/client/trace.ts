import * as z from 'zod/mini';
import type { Addresses } from './addresses.ts';
import { ask, isRefused, isReply, poll, readJson, type Reply, type Unreachable } from './http.ts';
import { JaegerSpan } from './jaeger-span.ts';

/** The spans of a submit: the root, the work below it, and its steps. */
export const SUBMIT_ROOT = 'POST /prior-auth/submit';
export const SUBMIT_SPAN = 'submit_prior_auth';
export const SUBMIT_STEPS = ['generate_request_id', 'validate_npi', 'database_insert'];

const Traces = z.object({ data: z.array(z.object({ spans: z.array(JaegerSpan) })) });

/** What only the embedded trace store answers, and no Jaeger. */
const StoreStatus = z.object({
  data: z.object({ traces: z.object({ receivedSpans: z.number() }), logs: z.object({ lines: z.number() }) }),
});

/**
 * Asks for a trace until its spans are what they must be, or nothing listens; the last answer is returned either way.
 */
export function waitForTrace(
  { traces }: Pick<Addresses, 'traces'>,
  traceId: string,
  isWhole: (spans: readonly JaegerSpan[]) => boolean,
  { patienceMs, limitMs }: { readonly patienceMs: number; readonly limitMs: number },
): Promise<Reply | Unreachable> {
  return poll(
    () => ask(`${traces}/api/traces/${traceId}`, limitMs),
    (reply) => isWhole(readSpans(reply)) || isRefused(reply),
    patienceMs,
  );
}

/** None where there is no such trace, or no Jaeger's API. */
export function readSpans(reply: Reply | Unreachable): JaegerSpan[] {
  const found = isReply(reply) && reply.status === 200 ? readJson(Traces, reply) : undefined;
  return found?.data.flatMap(({ spans }) => spans) ?? [];
}

export function askForStatus(traces: string, limitMs: number): Promise<Reply | Unreachable> {
  return ask(`${traces}/api/status`, limitMs);
}

/** How many spans the embedded trace store has taken in; undefined where another backend or nothing answers. */
export function readReceivedSpans(status: Reply | Unreachable): number | undefined {
  return readJson(StoreStatus, status)?.data.traces.receivedSpans;
}
