/**
 * The SERVER span of a request. Attributes follow the OpenTelemetry conventions for HTTP and FaaS; a path or query is
 * not among them.
 */
import { propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import type { SpanAttributes } from '../contract/attributes.ts';
import { SERVICE } from '../contract/catalogue.ts';
import type { Method, Path, Route } from '../contract/spans.ts';
import { membersOf } from './http.ts';
import type { Problem } from './problem.ts';
import { markFailed, type OpenSpan } from './span.ts';

interface Invocation {
  /** As they came: of any shape. */
  readonly headers: unknown;
  readonly invocationId: string;
  readonly coldStart: boolean;
}

/** @param route `POST /prior-auth/submit`: the span's name, and method and route in one */
export function startRoot(route: Route, { headers, invocationId, coldStart }: Invocation): Span {
  const [method, path] = route.split(' ') as [Method, Path];
  const attributes: SpanAttributes = {
    'http.request.method': method,
    'http.route': path,
    'url.scheme': membersOf(headers)['x-forwarded-proto'] === 'https' ? 'https' : 'http',
    'faas.trigger': 'http',
    'faas.invocation_id': invocationId,
    'faas.coldstart': coldStart,
  };
  const parent = propagation.extract(ROOT_CONTEXT, headers);
  return trace.getTracer(SERVICE).startSpan(route, { kind: SpanKind.SERVER, attributes }, parent);
}

export function endRoot(root: OpenSpan, status: number, problem: Problem | undefined): void {
  root.setAttribute('http.response.status_code', status);
  if (problem !== undefined) markFailed(root, problem);
  else if (status >= 500) root.setStatus({ code: SpanStatusCode.ERROR });
  root.end();
}
