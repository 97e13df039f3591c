/**
 * What both listeners of the gateway have in common: limits, the guard, and that no error says more than its status.
 */
import type { Socket } from 'node:net';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isOwnRequest } from '../machine/guard.ts';
import { rawAnswer, type FixedStatus } from './answers.ts';

/** Of API Gateway, for the request line and all headers together. */
const MAX_HEADER_BYTES = 10_240;
/** API Gateway's integration timeout: a request that is not whole by then is given up. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than clients keep an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 75_000;
const CHECK_INTERVAL_MS = 1000;

export interface ServerOptions {
  readonly maxBodyBytes: number;
  /** Sends the answer of a status in the shape of this listener's API. */
  readonly refuse: (reply: FastifyReply, status: FixedStatus) => FastifyReply;
  /** One more name than this machine's own that `Host` may have for a request. */
  readonly alias?: (request: FastifyRequest) => string | undefined;
  /** Whether a request that comes from this machine may ask for anything; undefined where each may. */
  readonly isEntitled?: (request: FastifyRequest) => boolean;
}

export function createServer({ maxBodyBytes, refuse, alias, isEntitled = () => true }: ServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler,
    // A target that cannot be decoded: no route has seen it, and neither has the guard.
    frameworkErrors: (_error, request, reply) => void refuse(reply, check(request) ?? 400),
  });
  const check = (request: FastifyRequest) =>
    objectionTo(request, alias?.(request)) ?? (isEntitled(request) ? undefined : 403);
  let isClosing = false;
  server.addHook('preClose', () => {
    isClosing = true;
    return Promise.resolve();
  });
  // Before a byte of the body is read.
  server.addHook('onRequest', async (request, reply) => {
    const objection = check(request) ?? (isClosing ? 503 : undefined) ?? (request.is404 ? 404 : undefined);
    if (objection !== undefined) return refuse(reply, objection);
    // The function judges the type, which stays in the event; fastify would answer some of them itself.
    if (request.headers['content-type'] !== undefined) request.headers['content-type'] = 'application/octet-stream';
  });
  server.setNotFoundHandler((_request, reply) => refuse(reply, 404));
  server.setErrorHandler((error: FastifyError, _request, reply) => refuse(reply, statusOf(error)));
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  return server;
}

/** Why a request is not even looked at, as the status to answer. */
function objectionTo({ raw, headers, socket }: FastifyRequest, alias: string | undefined): FixedStatus | undefined {
  if (!isOwnRequest(headers, { port: socket.localPort, alias })) return 403;
  // Another form of target names a host of its own (RFC 9112, 3.2); a second Host is not the one that was checked.
  if (raw.url?.startsWith('/') !== true || raw.headersDistinct['host']?.length !== 1) return 400;
  return undefined;
}

/** @param error of fastify or of node's reading; anything else is a fault of the gateway's own */
function statusOf({ statusCode }: FastifyError): FixedStatus {
  if (statusCode === 413 || statusCode === 408) return statusCode;
  return statusCode !== undefined && statusCode < 500 ? 400 : 500;
}

const CLIENT_ERRORS: Readonly<Record<string, FixedStatus>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Of a request that node could not read. One whose answer has begun gets no second one. */
function clientErrorHandler({ code }: { code?: string }, socket: Socket & { _httpMessage?: unknown }): void {
  if (code === 'ECONNRESET' || !socket.writable || socket._httpMessage != null) {
    socket.destroy();
    return;
  }
  socket.end(rawAnswer(CLIENT_ERRORS[code ?? ''] ?? 400));
}
