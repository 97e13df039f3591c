import { context, trace, type Span } from '@opentelemetry/api';
import type { FunctionName } from '../contract/catalogue.ts';
import type { Route as RouteName } from '../contract/spans.ts';
import { membersOf, toAnswer, toRequest, toResult, type HttpHandler, type Work } from './http.ts';
import type { OpenSubsegment } from './aws-view.ts';
import { beforeDeadline } from './deadline.ts';
import { newEventId } from './event-id.ts';
import { createLog, type Log } from './log.ts';
import { toProblem } from './postgres.ts';
import { Problem } from './problem.ts';
import { createQuietly, type Quietly } from './quietly.ts';
import { endRoot, startRoot } from './root-span.ts';
import { SettingsError } from './settings.ts';
import { typeOf, type WorkSpan } from './span.ts';
import { flush, idsOf, isKept } from './telemetry.ts';
import { createWriter, type RequestEvent, type WriteEvent } from './wide-event.ts';

/** What is left of the platform's time when a late answer is given up: enough to write the line, flush and answer. */
const DEADLINE_MARGIN_MS = 700;
const DEFAULT_DEADLINE_MS = 8000;

export interface Route {
  /** As `http.route` and the span name have it: `POST /prior-auth/submit`. */
  readonly route: RouteName;
  /** Written to the wide event; a route without it is a probe: no event, and spans only when it fails. */
  readonly functionName?: FunctionName;
  /** Says in the wide event what a failure means; called with the problem that is answered. */
  readonly failed?: (event: RequestEvent, problem: Problem, root: WorkSpan | undefined) => void;
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
  readonly status: number;
  readonly result: Awaited<ReturnType<HttpHandler>>;
  readonly problem: Problem | undefined;
}

/** What is known of an invocation before its work is done. */
interface Invocation {
  readonly event: unknown;
  readonly context: unknown;
  /** Undefined where the tracer failed. */
  readonly root: Span | undefined;
  readonly ids: ReturnType<typeof idsOf>;
  /** The platform's id of this invocation. */
  readonly invocationId: string;
  readonly wide: RequestEvent;
}

/**
 * Makes a Lambda handler of a route's work: the root span, the deadline, the one try/catch, the headers of every
 * answer, the one log line, the flush. Never throws, whatever it is invoked with: the platform would answer with its
 * own error, or log the thrown one. What is telemetry is done quietly, so that it fails no request either.
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
  const quietly = createQuietly(parts.log, 'The telemetry of requests does not work');
  let coldStart = true;
  return async (event, context) => {
    const started = performance.now();
    const wide: RequestEvent = { eventId: newEventId(), operations: {} };
    const { awsRequestId } = membersOf(context);
    const invocationId = typeof awsRequestId === 'string' ? awsRequestId : wide.eventId;
    const known = { coldStart };
    coldStart = false;
    const root = await quietly(() =>
      startRoot(route.route, { headers: membersOf(event)['headers'], invocationId, ...known }),
    );
    const ids = idsOf(root);
    const closeSubsegment = await quietly(() => wired.awsView?.(route.route));
    const invocation = { event, context, root, ids, invocationId, wide };
    const { status, result, problem } = await handle(route, wired, invocation, quietly);
    const durationMs = performance.now() - started;
    await quietly(() => {
      if (problem !== undefined) route.failed?.(wide, problem, root);
    });
    await quietly(() => {
      // A span that is never ended is never exported: so scrapes do not drown the requests.
      if (root !== undefined && (route.functionName !== undefined || status >= 500)) endRoot(root, status, problem);
      closeSubsegment?.({ ...ids, ...known, requestId: wide.requestId, httpStatus: status });
    });
    const kept = (await quietly(() => isKept(ids.traceId))) ?? false;
    // The spans are under way while the line is written.
    const flushed = quietly(flush);
    await quietly(() => report(parts, route, wide, { status, problem }, { ...ids, ...known, kept, durationMs }));
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

async function handle(route: Route, wired: Wired, invocation: Invocation, quietly: Quietly): Promise<Handled> {
  const { event, context: lambda, root, ids, invocationId, wide } = invocation;
  const headers = { 'x-trace-id': ids.traceId, 'x-request-id': invocationId };
  const active = root === undefined ? context.active() : trace.setSpan(context.active(), root);
  try {
    const request = toRequest(event, ids.traceId, wide);
    const answer = await beforeDeadline(
      Math.min(wired.deadlineMs ?? DEFAULT_DEADLINE_MS, remainingMs(lambda) - DEADLINE_MARGIN_MS),
      () => void quietly(() => wired.abandon?.()),
      () => context.with(active, () => wired.work(request)),
    );
    return { status: answer.status, result: toResult(answer, headers), problem: undefined };
  } catch (thrown) {
    const error = toProblem(thrown, { writes: !route.route.startsWith('GET ') });
    const problem = error instanceof Problem ? error : new Problem(500, { cause: error });
    return { status: problem.status, result: toResult(toAnswer(problem, ids.traceId), headers), problem };
  }
}

/** What Lambda leaves of the time, in milliseconds; without its context there is no limit but our own. */
function remainingMs(context: unknown): number {
  const { getRemainingTimeInMillis } = membersOf(context);
  const remaining: unknown =
    typeof getRemainingTimeInMillis === 'function' ? getRemainingTimeInMillis.call(context) : undefined;
  return typeof remaining === 'number' && !Number.isNaN(remaining) ? remaining : Infinity;
}

function report(
  parts: Parts,
  route: Route,
  wide: RequestEvent,
  { status, problem }: { readonly status: number; readonly problem: Problem | undefined },
  known: { traceId: string; spanId: string; durationMs: number; coldStart: boolean; kept: boolean },
): void {
  const errorType = status >= 500 ? typeOf(problem) : undefined;
  if (route.functionName !== undefined) {
    const outcome = {
      ...known,
      functionName: route.functionName,
      route: route.route,
      httpStatus: status,
      errorType,
    };
    parts.write(wide, outcome);
  } else if (errorType !== undefined) {
    parts.log.error('A probe failed', {
      route: route.route,
      trace_id: known.traceId,
      http_status: status,
      error: problem,
    });
  }
}
