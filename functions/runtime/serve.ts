import { context, trace, type Span } from '@opentelemetry/api';
import type { FunctionName } from '../contract/catalogue.ts';
import {
  toAnswer,
  toRequest,
  toResult,
  type HttpAnswer,
  type HttpHandler,
  type HttpRequest,
  type LambdaContext,
  type Work,
} from './http.ts';
import type { OpenSubsegment } from './aws-view.ts';
import { beforeDeadline } from './deadline.ts';
import { newEventId } from './event-id.ts';
import { createLog, type Log } from './log.ts';
import { toProblem } from './postgres.ts';
import { Problem } from './problem.ts';
import { endRoot, startRoot } from './root-span.ts';
import { SettingsError } from './settings.ts';
import { typeOf } from './span.ts';
import { flush, idsOf, isKept } from './telemetry.ts';
import { createWriter, type RequestEvent, type WriteEvent } from './wide-event.ts';

/** What is left of the platform's time when a late answer is given up: enough to write the line, flush and answer. */
const DEADLINE_MARGIN_MS = 700;
const DEFAULT_DEADLINE_MS = 8000;

export interface Route {
  /** As `http.route` and the span name have it: `POST /prior-auth/submit`. */
  readonly route: string;
  /** Written to the wide event; a route without it is a probe: no event, and spans only when it fails. */
  readonly functionName?: FunctionName;
  /** Says in the wide event what a failure means; called with the problem that is answered. */
  readonly failed?: (event: RequestEvent, problem: Problem, root: Span | undefined) => void;
}

/** What a function's wiring gives to its route: the work, and what to do when the work outlives its deadline. */
export interface Wired {
  readonly work: Work;
  readonly deadlineMs?: number;
  readonly abandon?: () => void;
  /** X-Ray's view of the request beside OpenTelemetry's, where the deployment asks for it. */
  readonly awsView?: OpenSubsegment | undefined;
}

interface Parts {
  readonly log: Log;
  readonly write: WriteEvent;
}

interface Handled {
  readonly answer: HttpAnswer;
  readonly problem: Problem | undefined;
}

/**
 * Makes a Lambda handler of a route's work: the root span, the deadline, the one try/catch, the headers of every
 * answer, the one log line, the flush. Never throws, since API Gateway would answer a thrown error with a 200 and a
 * stack trace locally.
 *
 * `wire` runs once, at cold start. When it throws (a setting is wrong) the function still answers, each time with a
 * 500.
 */
export function serve(
  route: Route,
  wire: () => Wired,
  parts: Parts = { log: createLog(), write: createWriter() },
): HttpHandler {
  const wired = wireOnce(wire, parts.log);
  let coldStart = true;
  return async (event, lambda) => {
    const started = performance.now();
    const invocation = { event, lambda, coldStart };
    coldStart = false;
    const root = startRoot(route.route, invocation);
    const ids = idsOf(root);
    const closeSubsegment = await wired.awsView?.(route.route);
    const wide: RequestEvent = { eventId: newEventId(), operations: {} };
    const handled = await handle(wired, toRequest(event, ids.traceId, wide), root, lambda);
    const { answer, problem } = handled;
    if (problem !== undefined) route.failed?.(wide, problem, root);
    const durationMs = performance.now() - started;
    // A span that is never ended is never exported: so scrapes do not drown the requests.
    if (route.functionName !== undefined || answer.status >= 500) endRoot(root, answer.status, problem);
    const known = { ...ids, durationMs, coldStart: invocation.coldStart };
    closeSubsegment?.({ ...known, requestId: wide.requestId, httpStatus: answer.status });
    // The spans are under way while the line and the answer are written.
    const flushed = flush();
    report(parts, route, wide, handled, known);
    const result = toResult(answer, { 'x-trace-id': ids.traceId, 'x-request-id': lambda.awsRequestId });
    await flushed;
    return result;
  };
}

function wireOnce(wire: () => Wired, log: Log): Wired {
  try {
    return wire();
  } catch (error) {
    log.error('The function cannot start', {
      error,
      ...(error instanceof SettingsError ? { settings: error.message } : {}),
    });
    const work = () => Promise.reject(new Problem(500, { detail: 'The service is not configured.', cause: error }));
    return { work };
  }
}

async function handle(wired: Wired, request: HttpRequest, root: Span, lambda: LambdaContext): Promise<Handled> {
  const active = trace.setSpan(context.active(), root);
  try {
    const remainingMs = lambda.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS;
    const answer = await beforeDeadline(
      Math.min(wired.deadlineMs ?? DEFAULT_DEADLINE_MS, remainingMs),
      () => wired.abandon?.(),
      () => context.with(active, () => wired.work(request)),
    );
    return { answer, problem: undefined };
  } catch (thrown) {
    const error = toProblem(thrown);
    const problem = error instanceof Problem ? error : new Problem(500, { cause: error });
    return { answer: toAnswer(problem, request.traceId), problem };
  }
}

function report(
  parts: Parts,
  route: Route,
  wide: RequestEvent,
  { answer, problem }: Handled,
  known: { traceId: string; spanId: string; durationMs: number; coldStart: boolean },
): void {
  const errorType = answer.status >= 500 ? typeOf(problem) : undefined;
  if (route.functionName !== undefined) {
    const outcome = {
      ...known,
      functionName: route.functionName,
      route: route.route,
      httpStatus: answer.status,
      errorType,
    };
    parts.write(wide, { ...outcome, kept: isKept(known.traceId) });
  } else if (errorType !== undefined) {
    parts.log.error('A probe failed', {
      route: route.route,
      trace_id: known.traceId,
      http_status: answer.status,
      error: problem,
    });
  }
}
