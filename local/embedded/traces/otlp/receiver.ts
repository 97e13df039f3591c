import type { IncomingMessage, RequestListener } from 'node:http';
import { createListener, HttpError, type Answer } from '../http.ts';
import type { TraceStore } from '../store.ts';
import { readBody } from './body.ts';
import { encodingOf, JSON_ENCODING, type Encoding } from './encoding.ts';
import { readSpans } from './spans.ts';

/** OTLP recommends 64 MiB; this one lives in the launcher's memory, and a request of our layer is a few kilobytes. */
const DEFAULT_MAX_BODY_BYTES = 16 * 1024 * 1024;

/** `google.rpc.Code` by HTTP status (google/rpc/code.proto); others are INTERNAL. */
const RPC_CODES: Readonly<Record<number, number>> = { 400: 3, 403: 7, 404: 5, 405: 12, 413: 8, 415: 3 };
const INTERNAL = 13;

/** The OTLP/HTTP receiver: `POST /v1/traces` in JSON or protobuf, gzipped or not, into the store. */
export function createReceiver(store: Pick<TraceStore, 'add'>, maxBodyBytes = DEFAULT_MAX_BODY_BYTES): RequestListener {
  async function receive(request: IncomingMessage): Promise<Answer> {
    if (request.url?.split('?')[0] !== '/v1/traces') throw new HttpError(404, 'only /v1/traces is served here');
    if (request.method !== 'POST')
      throw new HttpError(405, 'traces are sent with POST', { headers: { allow: 'POST' } });
    const encoding = encodingOf(request.headers['content-type']);
    if (encoding === undefined) {
      throw new HttpError(415, 'content-type must be application/json or application/x-protobuf');
    }
    const { spans, rejected } = parse(encoding, await readBody(request, maxBodyBytes));
    store.add(spans);
    return { status: 200, type: encoding.type, body: encoding.success(rejected) };
  }
  return createListener(receive, refuse);
}

function parse(encoding: Encoding, body: Buffer): ReturnType<typeof readSpans> {
  try {
    return readSpans(encoding.decode(body));
  } catch (cause) {
    throw new HttpError(400, 'the body is not an OTLP trace export request', { cause });
  }
}

function refuse({ status, message, headers }: HttpError, request: IncomingMessage): Answer {
  const encoding = encodingOf(request.headers['content-type']) ?? JSON_ENCODING;
  return { status, type: encoding.type, body: encoding.failure(RPC_CODES[status] ?? INTERNAL, message), headers };
}
