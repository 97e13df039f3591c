import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Problem } from './problem.ts';
import type { RequestEvent } from './wide-event.ts';

/** An event of payload format 2.0, or whatever else somebody invokes the function with; beside it, Lambda's context. */
export type HttpHandler = (event: unknown, context: unknown) => Promise<APIGatewayProxyStructuredResultV2>;

/** An API Gateway event made plain, once, at the edge. */
export interface HttpRequest {
  /** Header names in lower case, as payload format 2.0 delivers them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly pathParameters: Readonly<Record<string, string>>;
  /** The raw bytes of the body, base64 undone. */
  readonly body: Buffer;
  /** What the JWT authorizer has verified; undefined locally, where no authorizer runs. */
  readonly claims: Members | undefined;
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

/** What is not of the shape that API Gateway gives it counts as absent. */
export function toRequest(event: unknown, traceId: string, wide: RequestEvent): HttpRequest {
  const { headers, pathParameters, body, isBase64Encoded, requestContext } = membersOf(event);
  const { jwt } = membersOf(membersOf(requestContext)['authorizer']);
  const { claims } = membersOf(jwt);
  return {
    headers: texts(headers, (name) => name.toLowerCase()),
    pathParameters: texts(pathParameters),
    body: Buffer.from(typeof body === 'string' ? body : '', isBase64Encoded === true ? 'base64' : 'utf8'),
    claims: claims === undefined ? undefined : membersOf(claims),
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

export type Members = Readonly<Record<string, unknown>>;

/** The members of an object, or none. */
export function membersOf(value: unknown): Members {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members that are texts, by names that are made one way. */
function texts(value: unknown, nameOf = (name: string) => name): Record<string, string> {
  const kept: Record<string, string> = {};
  const members = membersOf(value);
  for (const name in members) {
    const member = members[name];
    if (typeof member === 'string') kept[nameOf(name)] = member;
  }
  return kept;
}
