import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ExportFailure } from './export-failure.ts';

/** An answer is a line of JSON; whatever is longer is cut off. */
const MAX_REPLY_BYTES = 64 * 1024;
/** Load balancers and NAT drop idle connections, some without a word (AWS NAT gateway: 350 s): older ones are not used again. */
const MAX_IDLE_MS = 60_000;

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Transport {
  /** Posts JSON. Rejects with the socket's error, or an ExportFailure when there is no whole answer within the deadline. */
  post(body: Uint8Array, deadlineMs: number): Promise<Reply>;
  close(): void;
}

/** The server had closed the kept-alive connection before the request reached it. */
class StaleConnection extends Error {}

/**
 * POSTs on a kept-alive connection. One that went stale, as it does while Lambda freezes the environment, is noticed only by
 * using it: then the request is sent once more, on a new connection.
 *
 * `node:http` comes by `getBuiltinModule`, because `import` of it loads undici as well: 40 ms and 8 MB at cold start.
 */
export function createTransport(url: URL, headers: Readonly<Record<string, string>>): Transport {
  const http = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const keptAlive = new http.Agent({ keepAlive: true });
  const options = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
  let usedAt = Date.now();

  function exchange(agent: Agent | false, body: Uint8Array, deadline: number): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const request = http.request(url, { ...options, agent });
    const timer = setTimeout(() => {
      reject(new ExportFailure('no answer within OTEL_FLUSH_DEADLINE_MS'));
      request.destroy();
    }, deadline - performance.now());
    request.on('response', (response) => readReply(response, resolve, reject));
    request.on('error', (error) => reject(request.reusedSocket && isReset(error) ? new StaleConnection() : error));
    request.end(body);
    return promise.finally(() => clearTimeout(timer));
  }

  return {
    async post(body, deadlineMs) {
      const deadline = performance.now() + deadlineMs;
      if (Date.now() - usedAt > MAX_IDLE_MS) keptAlive.destroy();
      usedAt = Date.now();
      try {
        return await exchange(keptAlive, body, deadline);
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
        return await exchange(false, body, deadline);
      }
    },
    close: () => keptAlive.destroy(),
  };
}

/** `socket hang up` has the code ECONNRESET too. */
function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

/** Waits for the whole answer. */
export function readReply(
  response: IncomingMessage,
  resolve: (reply: Reply) => void,
  reject: (error: Error) => void,
): void {
  let body = '';
  const answered = (): void => {
    resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
  };
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    body += chunk;
    if (body.length <= MAX_REPLY_BYTES) return;
    answered();
    response.destroy();
  });
  response.on('end', answered);
  response.on('error', reject);
}
