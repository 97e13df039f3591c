import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
} from '@opentelemetry/api';
import { randomUUID } from 'node:crypto';
import { SERVICE, type FunctionName } from '../series/catalogue.ts';
import {
  toAnswer,
  toRequest,
  toResult,
  type HttpAnswer,
  type HttpEvent,
  type HttpHandler,
  type HttpRequest,
  type LambdaContext,
  type Work,
} from './http.ts';
import { createLog, type Log } from './log.ts';
import { toProblem } from './postgres.ts';
import { Problem } from './problem.ts';
import { SettingsError } from './settings.ts';
import { markFailed, typeOf } from './span.ts';
import { flush, idsOf, isKept } from './telemetry.ts';
import { createWriter, type RequestEvent, type WriteEvent } from './wide-event.ts';

/** What is left of the platform's time when a late answer is given up: enough to write the line, flush and answer. */
const DEADLINE_MARGIN_MS = 700;
const DEFAULT_DEADLINE_MS = 8000;

export interface Route {
  /** As `http.route` and the span name have it: `POST /prior-auth/submit`. */
  readonly route: string;
  /** Written to the wide event; a route without it is a probe: no event, and a span only when it fails. */
  readonly functionName?: FunctionName;
  /** Says in the wide event what a failure means; called with the problem that is answered. */
  readonly failed?: (event: RequestEvent, problem: Problem) => void;
}

/** What a function's wiring gives to its route: the work, and what to do when the work outlives its deadline. */
export interface Wired {
  readonly work: Work;
  readonly deadlineMs?: number;
  readonly abandon?: () => void;
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
 * Makes a Lambda handler of a route's work: the root span, the deadline, the one try/catch, the headers of every answer, the
 * one log line, the flush. Never throws, since API Gateway would answer a thrown error with a 200 and a stack trace locally.
 *
 * `wire` runs once, at cold start. When it throws (a setting is wrong) the function still answers, each time with a 500.
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
    const isCold = coldStart;
    coldStart = false;
    const root = route.functionName === undefined ? undefined : startRoot(route, event, lambda, isCold);
    const ids = idsOf(root ?? trace.wrapSpanContext(EMPTY_CONTEXT));
    const wide: RequestEvent = { eventId: randomUUID(), operations: {} };
    const request = toRequest(event, ids.traceId, wide);
    const handled = await handle(wired, request, root, lambda);
    if (handled.problem !== undefined) route.failed?.(wide, handled.problem);
    const durationMs = performance.now() - started;
    endRoot(root ?? failedProbe(route, event, lambda, handled, started), handled);
    report(parts, route, wide, handled, { ...ids, durationMs, coldStart: isCold });
    await flush();
    return toResult(handled.answer, { 'x-trace-id': ids.traceId, 'x-request-id': lambda.awsRequestId });
  };
}

const EMPTY_CONTEXT = { traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 };

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

function startRoot(
  route: Route,
  event: HttpEvent,
  lambda: LambdaContext,
  coldStart: boolean,
  startTime?: number,
): Span {
  const parent = propagation.extract(ROOT_CONTEXT, event.headers);
  const attributes: Attributes = {
    'http.request.method': route.route.slice(0, route.route.indexOf(' ')),
    'http.route': route.route.slice(route.route.indexOf(' ') + 1),
    'url.scheme': event.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http',
    'faas.trigger': 'http',
    'faas.invocation_id': lambda.awsRequestId,
    'faas.coldstart': coldStart,
  };
  const options = { kind: SpanKind.SERVER, attributes, ...(startTime === undefined ? {} : { startTime }) };
  return trace.getTracer(SERVICE).startSpan(route.route, options, parent);
}

/** A probe is not traced, so that scrapes do not drown the requests, unless it fails: then its span is made up afterwards. */
function failedProbe(
  route: Route,
  event: HttpEvent,
  lambda: LambdaContext,
  handled: Handled,
  started: number,
): Span | undefined {
  if (handled.answer.status < 500) return undefined;
  return startRoot(route, event, lambda, false, performance.timeOrigin + started);
}

function endRoot(root: Span | undefined, { answer, problem }: Handled): void {
  root?.setAttribute('http.response.status_code', answer.status);
  if (root && problem !== undefined) markFailed(root, problem);
  else if (root && answer.status >= 500) root.setStatus({ code: SpanStatusCode.ERROR });
  root?.end();
}

async function handle(
  wired: Wired,
  request: HttpRequest,
  root: Span | undefined,
  lambda: LambdaContext,
): Promise<Handled> {
  const active = root === undefined ? context.active() : trace.setSpan(context.active(), root);
  try {
    const answer = await beforeDeadline(wired, lambda, () => context.with(active, () => wired.work(request)));
    return { answer, problem: undefined };
  } catch (thrown) {
    const error = toProblem(thrown);
    const problem = error instanceof Problem ? error : new Problem(500, { cause: error });
    return { answer: toAnswer(problem, request.traceId), problem };
  }
}

/** @throws Problem 504 when the work is not done in time; what it still does after that is nobody's answer. */
async function beforeDeadline(
  wired: Wired,
  lambda: LambdaContext,
  work: () => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const limit = Math.min(
    wired.deadlineMs ?? DEFAULT_DEADLINE_MS,
    lambda.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS,
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      wired.abandon?.();
      reject(new Problem(504, { detail: 'The deadline of this request passed.' }));
    }, limit);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
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
