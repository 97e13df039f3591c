import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Problem } from './problem.ts';
import type { RequestEvent } from './wide-event.ts';

/** The JWT authorizer's part of an HTTP API event; absent locally, where no authorizer runs. */
interface Authorized {
  readonly authorizer?: { readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> } };
}
/** `headers` is absent in events made by hand, in the console's test for one. */
export type HttpEvent = Omit<APIGatewayProxyEventV2, 'headers'> & Partial<Pick<APIGatewayProxyEventV2, 'headers'>>;
/** What Lambda gives beside the event, its deprecated callbacks left out. */
export type LambdaContext = Omit<Context, 'done' | 'fail' | 'succeed'>;
export type HttpHandler = (event: HttpEvent, context: LambdaContext) => Promise<APIGatewayProxyStructuredResultV2>;

/** An API Gateway event made plain, once, at the edge. */
export interface HttpRequest {
  /** Header names in lower case, as payload format 2.0 delivers them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly pathParameters: Readonly<Record<string, string>>;
  /** The raw bytes of the body, base64 undone. */
  readonly body: Buffer;
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  readonly traceId: string;
  /** What this request will say of itself in its one log line. */
  readonly event: RequestEvent;
}

/** An answer; an object body is written as JSON. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | object;
}

export type Work = (request: HttpRequest) => Promise<HttpAnswer>;

export function toRequest(event: HttpEvent, traceId: string, wide: RequestEvent): HttpRequest {
  return {
    headers: lowerCased(event.headers),
    pathParameters: defined(event.pathParameters ?? {}),
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    claims: (event.requestContext as Authorized | undefined)?.authorizer?.jwt?.claims,
    traceId,
    event: wide,
  };
}

export function toResult(answer: HttpAnswer, ids: Record<string, string>): APIGatewayProxyStructuredResultV2 {
  const isText = typeof answer.body === 'string';
  return {
    statusCode: answer.status,
    headers: {
      'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
      'cache-control': 'no-store',
      ...answer.headers,
      ...ids,
    },
    body: isText ? answer.body : JSON.stringify(answer.body),
  };
}

export function toAnswer(problem: Problem, traceId: string): HttpAnswer {
  return {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...problem.headers },
    body: problem.toDocument(traceId),
  };
}

type Values = Readonly<Record<string, string | undefined>>;

function lowerCased(headers: Values = {}): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) lower[name.toLowerCase()] = value;
  }
  return lower;
}

function defined(values: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
