import { randomBytes, randomUUID } from 'node:crypto';
import type { APIGatewayEventRequestContextV2, APIGatewayProxyEventV2 } from 'aws-lambda';
import { toEventBody } from './body.ts';
import { toEventHeaders } from './headers.ts';
import { toQueryParameters } from './query.ts';
import type { Route } from './routes.ts';

/** A request as the gateway has read it. */
export interface GatewayRequest {
  readonly route: Route;
  /** As sent, the query included. */
  readonly target: string;
  /** Percent-decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer | undefined;
  readonly httpVersion: string;
  readonly sourceIp: string;
  readonly port: number;
  /** Of a token, once an authorizer has read one. */
  readonly claims?: Readonly<Record<string, string>>;
}

interface Authorized {
  readonly authorizer?: { readonly jwt: { readonly claims: Readonly<Record<string, string>>; readonly scopes: null } };
}

export type GatewayEvent = APIGatewayProxyEventV2 & { readonly requestContext: Authorized };

/** Of no account and no API: it is this machine's. */
const LOCAL = { accountId: '000000000000', apiId: 'local', stage: '$default' };

/**
 * The event of a request in payload format 2.0.
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html)
 * @throws NotUtf8
 */
export function toEvent(request: GatewayRequest, now = new Date()): GatewayEvent {
  const { route, target, pathParameters } = request;
  const [rawPath = '', ...rest] = target.split('?');
  const rawQueryString = rest.join('?');
  const { headers: sent, cookies } = toEventHeaders(request.rawHeaders);
  const headers = { ...sent, ...forwarded(request, sent) };
  const queryStringParameters = toQueryParameters(rawQueryString);
  return {
    version: '2.0',
    routeKey: routeKeyOf(route),
    rawPath,
    rawQueryString,
    ...(cookies && { cookies: [...cookies] }),
    headers,
    ...(queryStringParameters && { queryStringParameters }),
    requestContext: contextOf(request, rawPath, headers, now),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    ...toEventBody(request.body, headers),
  };
}

function routeKeyOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

type Headers = Readonly<Record<string, string>>;

/** What API Gateway adds to the headers of the client. */
function forwarded({ sourceIp, port }: GatewayRequest, sent: Headers): Record<string, string> {
  const { 'x-forwarded-for': before, 'x-amzn-trace-id': traceId } = sent;
  return {
    'x-amzn-trace-id': traceId ?? newTraceHeader(),
    'x-forwarded-for': before === undefined ? sourceIp : `${before}, ${sourceIp}`,
    'x-forwarded-port': String(port),
    'x-forwarded-proto': 'http',
  };
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function newTraceHeader(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
}

function contextOf(
  { route, sourceIp, httpVersion, claims }: GatewayRequest,
  path: string,
  headers: Headers,
  now: Date,
): APIGatewayEventRequestContextV2 & Authorized {
  const { host: domainName = '', 'user-agent': userAgent = '' } = headers;
  return {
    ...LOCAL,
    ...(claims && { authorizer: { jwt: { claims, scopes: null } } }),
    domainName,
    domainPrefix: 'localhost',
    http: { method: route.method, path, protocol: `HTTP/${httpVersion}`, sourceIp, userAgent },
    requestId: randomUUID(),
    routeKey: routeKeyOf(route),
    time: commonLogTime(now),
    timeEpoch: now.getTime(),
  };
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(now: Date): string {
  const [, day, month, year, time] = now.toUTCString().split(' ');
  return `${day ?? ''}/${month ?? ''}/${year ?? ''}:${time ?? ''} +0000`;
}
