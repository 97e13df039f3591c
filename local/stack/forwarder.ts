/**
 * The way of Prometheus, in its container, to `/metrics` of the API, which listens on the host's 127.0.0.1 alone. It
 * listens on one more address that containers reach, answers only those, and passes on one request: GET /metrics.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import { ask, isReply } from '../client/http.ts';

/** Prometheus gives up after its scrape_timeout, 10 s by default. */
const TIMEOUT_MS = 10_000;

export interface Forwarder {
  close(): Promise<void>;
}

/**
 * @param api base URL of the API
 * @returns undefined when `address` is not an address of this machine
 * @throws Error when the port is taken there
 */
export async function startForwarder(options: {
  address: string;
  port: number;
  peers: BlockList;
  api: string;
  timeoutMs?: number;
}): Promise<Forwarder | undefined> {
  const { address, port, peers, api, timeoutMs = TIMEOUT_MS } = options;
  const server = createServer((request, response) => {
    void answer(api, request, timeoutMs).then(({ status, type, text }) => {
      response.writeHead(status, { 'content-type': type }).end(text);
    });
  });
  // A neighbour who has found a route to the address is cut off before it can say anything.
  server.on('connection', (socket) => {
    if (!peers.check(socket.remoteAddress ?? '')) socket.destroy();
  });
  server.listen({ host: address, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (codeOf(error) === 'EADDRNOTAVAIL') return undefined;
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw new Error(`${address}:${port} is in use by another program.`, { cause: error });
  }
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function answer(api: string, { method, url, headers }: IncomingMessage, timeoutMs: number): Promise<Answer> {
  if (method !== 'GET' || url !== '/metrics') return refusal(404, 'Only GET /metrics is passed on.');
  const { accept = '*/*' } = headers;
  const reply = await ask(`${api}/metrics`, timeoutMs, { headers: { accept } });
  if (!isReply(reply)) return refusal(502, `The API does not answer at ${api}.`);
  return { status: reply.status, type: reply.headers.get('content-type') ?? 'text/plain', text: reply.text };
}

function refusal(status: number, text: string): Answer {
  return { status, type: 'text/plain', text: `${text}\n` };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
