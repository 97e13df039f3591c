/**
 * An HTTP/1.1 client (RFC 9112) for short answers of a server that is known, on one kept-alive connection. Its reason
 * is time: `node:http` takes more of a warm invocation than all else in the layer, and 2 ms of a cold start.
 *
 * What it does not do:
 * - redirects, proxies, cookies, caching, authentication beyond the credentials of the URL (RFC 7617), Expect, Upgrade,
 * HTTP/2;
 * - streams: request and answer are texts in memory, and a body is cut off after 64 KiB, with its connection;
 * - pipelining: one request at a time on a connection; requests that overlap have a connection each, and one of these
 * is kept;
 * - settings of TLS: what Node trusts is trusted (NODE_EXTRA_CA_CERTS);
 * - compression, and transfer codings other than `chunked`;
 * - trailer fields and extensions of chunks, which are skipped; interim answers (1xx), too, and 101 is refused;
 * - HEAD, CONNECT and conditional requests, whose answers have lengths that are not theirs.
 *
 * It refuses, where `node:http` does and in some places more: heads of more than 16 KiB, interim answers included; line
 * ends other than CRLF, obs-fold (RFC 9112, 5.2), space before a colon, control characters; more than one of
 * Content-Length and Transfer-Encoding; lengths, chunks and their extensions that are not plain digits and tokens; a
 * length with 204 or 304; `chunked` in HTTP/1.0; bytes that come together with an answer and are not of it.
 *
 * A connection is used again after an answer in HTTP/1.1 that ended by its own length, without `Connection: close` and
 * without a byte behind it, until it has been idle for a minute or for what `Keep-Alive: timeout` says, less a second.
 */
import { connectTo, type Connection } from './connection.ts';
import { StaleConnection } from './failure.ts';
import { writeHead } from './request.ts';
import type { Reply } from './response.ts';

/**
 * Load balancers and NAT drop idle connections, some without a word (AWS NAT gateway: 350 s): older ones are not used
 * again.
 */
const MAX_IDLE_MS = 60_000;
/** For the way of a request to a server that is about to hang up; `node:http` has the same. */
const KEEP_ALIVE_MARGIN_MS = 1000;

export interface HttpClient {
  /**
   * Posts a text. Rejects with an HttpFailure, whose message may be logged, when there is no whole answer within the
   * limit or none that is taken; with Node's error, which has a `code`, when there is no connection.
   */
  post(body: string, limitMs: number): Promise<Reply>;
}

/**
 * One that went stale, as it does while Lambda freezes the environment, is noticed only by using it: then the request
 * is sent once more, on a new connection.
 * @param headers names in lower case, without those of the connection and the length
 */
export function createHttpClient(url: URL, headers: Readonly<Record<string, string>>): HttpClient {
  const open = connectTo(url);
  const fixed = { host: url.host, ...credentialsOf(url), ...headers };
  let idle: Connection | undefined;
  let idleUntil = 0;

  function takeIdle(): Connection | undefined {
    const taken = idle;
    idle = undefined;
    if (taken?.isOpen() && Date.now() <= idleUntil) return taken;
    taken?.close();
    return undefined;
  }

  async function exchange(connection: Connection, request: string, deadline: number): Promise<Reply> {
    const reply = await connection.exchange(request, deadline - performance.now());
    const idleMs = readIdleMs(reply);
    if (connection.isOpen() && idle === undefined && idleMs > 0) {
      idle = connection;
      idleUntil = Date.now() + idleMs;
    } else connection.close();
    return reply;
  }

  return {
    async post(body, limitMs) {
      const deadline = performance.now() + limitMs;
      const length = Buffer.byteLength(body).toString();
      const request = writeHead('POST', url.pathname, { ...fixed, 'content-length': length }) + body;
      try {
        return await exchange(takeIdle() ?? open(), request, deadline);
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
        return await exchange(open(), request, deadline);
      }
    },
  };
}

/** How long the connection may be idle. */
function readIdleMs({ header }: Reply): number {
  const seconds = /^timeout=(\d+)/.exec(header('keep-alive') ?? '')?.[1];
  return seconds === undefined ? MAX_IDLE_MS : Math.min(MAX_IDLE_MS, Number(seconds) * 1000 - KEEP_ALIVE_MARGIN_MS);
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return { authorization: `Basic ${credentials}` };
}
