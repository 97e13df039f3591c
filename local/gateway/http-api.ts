/** The HTTP API: every route of API Gateway, its limits and its answers. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { REQUEST_ID_HEADER, sendFixed } from './answers.ts';
import { NotUtf8 } from './body.ts';
import { toEvent, type GatewayEvent } from './event.ts';
import type { Functions } from '../embedded/api/functions.ts';
import type { Place } from '../embedded/api/lane.ts';
import { toGatewayAnswer } from './result.ts';
import { ROUTES, type Route } from './routes.ts';
import { createServer } from './server.ts';

/** Of API Gateway. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Of Lambda, for the event around the body. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;
const RETRY_AFTER_SECONDS = '1';
/** A client that asks again at once, whatever it is told, would take the time of those that are served. */
const REFUSAL_PAUSE_MS = 250;
/** How a container of the stack names this machine. */
const CONTAINERS_NAME = 'host.docker.internal';

declare module 'fastify' {
  interface FastifyRequest {
    /** Its place in the lane of its function. */
    place: Place | undefined;
  }
}

export function createHttpApi(functions: Functions): FastifyInstance {
  const server = createServer({
    maxBodyBytes: MAX_BODY_BYTES,
    refuse: sendFixed,
    // Prometheus, in its container, scrapes; nothing else is for containers.
    alias: ({ method, url }) => (method === 'GET' && url === '/metrics' ? CONTAINERS_NAME : undefined),
  });
  server.decorateRequest('place', undefined);
  for (const route of ROUTES) {
    server.route({
      method: route.method,
      url: route.path.replace(/\{(\w+)\}/g, ':$1'),
      // Before the body is read: what is refused costs next to nothing.
      onRequest: async (request, reply) => {
        const place = functions.enter(route.functionName);
        if (place === undefined) {
          await sleep(REFUSAL_PAUSE_MS);
          return sendBusy(reply);
        }
        request.place = place;
        // The client may go before its turn comes, or before its body is whole.
        reply.raw.once('close', () => place.giveUp());
      },
      handler: (request, reply) => answer(functions, route, request, reply),
    });
  }
  return server;
}

async function answer(
  functions: Functions,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const pathParameters = parametersOf(request);
  if (Object.values(pathParameters).includes('')) return sendFixed(reply, 404);
  const event = readEvent(route, request, pathParameters);
  if (event === undefined) return sendFixed(reply, 400);
  const text = JSON.stringify(event);
  if (Buffer.byteLength(text) > MAX_EVENT_BYTES) return sendFixed(reply, 413);
  reply.header(REQUEST_ID_HEADER, event.requestContext.requestId);
  const outcome = await request.place?.run(() => functions.invoke(route.functionName, text));
  if (outcome === undefined) return sendBusy(reply);
  if (outcome === 'away') return sendFixed(reply, 503);
  const result = outcome.isFailed ? undefined : toGatewayAnswer(outcome.payload);
  if (result === undefined) return sendFixed(reply, 500);
  return reply.code(result.status).headers(result.headers).send(result.body);
}

/** @returns undefined when the body is a text that cannot be read */
function readEvent(
  route: Route,
  { raw, body, socket }: FastifyRequest,
  pathParameters: Record<string, string>,
): GatewayEvent | undefined {
  try {
    return toEvent({
      route,
      target: raw.url ?? '',
      pathParameters,
      rawHeaders: raw.rawHeaders,
      body: Buffer.isBuffer(body) ? body : undefined,
      httpVersion: raw.httpVersion,
      sourceIp: socket.remoteAddress ?? '',
      port: socket.localPort ?? 0,
    });
  } catch (error) {
    if (error instanceof NotUtf8) return undefined;
    throw error;
  }
}

function parametersOf({ params }: FastifyRequest): Record<string, string> {
  return Object.fromEntries(Object.entries(params ?? {}).map(([name, value]) => [name, String(value)]));
}

function sendBusy(reply: FastifyReply): FastifyReply {
  return sendFixed(reply.header('retry-after', RETRY_AFTER_SECONDS), 429);
}
