import type { IncomingMessage, RequestOptions } from 'node:http';

/** A collector's answer is a line of JSON; whatever is longer is cut off. */
const MAX_REPLY_BYTES = 64 * 1024;
/** Load balancers and NAT drop idle connections, some without a word (AWS NAT gateway: 350 s): older ones are not used again. */
const MAX_IDLE_MS = 60_000;

export interface Reply {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

export interface Transport {
  /** Posts JSON. Rejects with the socket's error when there is no answer, or as soon as `signal` is aborted. */
  post(body: Uint8Array, signal: AbortSignal): Promise<Reply>;
  close(): void;
}

/** Thrown when the server had closed a kept-alive connection before this request was sent on it. */
class StaleConnection extends Error {}

/**
 * POSTs on a kept-alive connection. One that went stale, as it does while Lambda freezes the environment, is noticed only by
 * using it: then the request is sent once more, on a new connection.
 *
 * `node:http` comes by `getBuiltinModule`, because `import` of it loads undici as well: 40 ms and 8 MB at cold start.
 */
export function createTransport(url: URL, headers: Readonly<Record<string, string>>): Transport {
  const http = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const agent = new http.Agent({ keepAlive: true });
  let usedAt = Date.now();

  function send(body: Uint8Array, options: RequestOptions): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const request = http.request(url, {
      ...options,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
    });
    request.on('response', (response) => void read(response).then(resolve, reject));
    request.on('error', (error) => {
      reject(request.reusedSocket && isReset(error) ? new StaleConnection('', { cause: error }) : error);
    });
    request.end(body);
    return promise;
  }

  return {
    async post(body, signal) {
      if (Date.now() - usedAt > MAX_IDLE_MS) agent.destroy();
      usedAt = Date.now();
      try {
        return await send(body, { agent, signal });
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
        return await send(body, { agent: false, signal });
      }
    },
    close: () => agent.destroy(),
  };
}

/** `socket hang up` has the code ECONNRESET too. */
function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

async function read(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_REPLY_BYTES) break;
  }
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    body: Buffer.concat(chunks).toString(),
  };
}
