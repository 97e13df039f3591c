import { connectTo, StaleConnection, type Connection } from './connection.ts';
import { headOf } from './http-request.ts';
import type { Reply } from './http-response.ts';

/**
 * Load balancers and NAT drop idle connections, some without a word (AWS NAT gateway: 350 s): older ones are not used
 * again.
 */
const MAX_IDLE_MS = 60_000;

export interface Transport {
  /**
   * Posts JSON. Rejects with the socket's error, or an ExportFailure when there is no whole answer within the deadline.
   */
  post(body: string, deadlineMs: number): Promise<Reply>;
}

/**
 * POSTs on a kept-alive connection. One that went stale, as it does while Lambda freezes the environment, is noticed
 * only by using it: then the request is sent once more, on a new connection.
 */
export function createTransport(url: URL, headers: Readonly<Record<string, string>>): Transport {
  const open = connectTo(url);
  const fixed = headersOf(url, headers);
  let idle: Connection | undefined;
  let usedAt = Date.now();

  function takeIdle(): Connection | undefined {
    const taken = idle;
    idle = undefined;
    if (taken?.isOpen() && Date.now() - usedAt <= MAX_IDLE_MS) return taken;
    taken?.close();
    return undefined;
  }

  async function exchange(connection: Connection, request: string, deadline: number): Promise<Reply> {
    const reply = await connection.exchange(request, deadline - performance.now());
    // Two at a time are an emulator's, which runs functions in one process.
    if (connection.isOpen() && idle === undefined) idle = connection;
    else connection.close();
    return reply;
  }

  return {
    async post(body, deadlineMs) {
      const deadline = performance.now() + deadlineMs;
      const length = Buffer.byteLength(body).toString();
      const request = headOf('POST', url.pathname, { ...fixed, 'content-length': length }) + body;
      const connection = takeIdle() ?? open();
      usedAt = Date.now();
      try {
        return await exchange(connection, request, deadline);
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
        return await exchange(open(), request, deadline);
      }
    },
  };
}

/** With the credentials of the URL, where it has them (RFC 7617). */
function headersOf({ host, username, password }: URL, headers: Readonly<Record<string, string>>) {
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const authorization = username === '' && password === '' ? {} : { authorization: `Basic ${credentials}` };
  return { host, ...authorization, ...headers, 'content-type': 'application/json' };
}
