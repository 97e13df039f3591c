import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  /** The content type of the body. */
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal. Its message goes to the client and never holds a part of the request: a path or a body may carry PHI. */
export class HttpError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    { headers = {}, cause }: { headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.headers = headers;
  }
}

/** No caching, no framing, no guessed types, nothing loaded. A page overrides what it needs. */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * A listener that answers with what `answer` returns, or with `failure` of what it throws: the one catch of a server.
 * A request whose `Host` is not this machine is refused first (403): a page of another site that had its own name
 * resolve to 127.0.0.1 could otherwise read the traces (DNS rebinding).
 */
export function createListener(
  answer: (request: IncomingMessage) => Answer | Promise<Answer>,
  failure: (error: HttpError, request: IncomingMessage) => Answer,
): RequestListener {
  const safely = async (request: IncomingMessage): Promise<Answer> => {
    try {
      if (!isLocalHost(request.headers.host)) throw new HttpError(403, 'only requests to localhost are answered');
      if (isFromAnotherSite(request)) throw new HttpError(403, 'only requests of this page are answered');
      return await answer(request);
    } catch (error) {
      if (error instanceof HttpError) return failure(error, request);
      console.error('The embedded trace store failed to answer a request:', error);
      return failure(new HttpError(500, 'internal error'), request);
    }
  };
  return (request, response) => void safely(request).then((ready) => send(response, ready));
}

/**
 * A page of another site that has the browser ask: it could not read the answer, but make the API read records. A link
 * is no such.
 */
function isFromAnotherSite({ headers }: IncomingMessage): boolean {
  return headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
}

function isLocalHost(host: string | undefined): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host ?? '');
}

function send(response: ServerResponse, { status, type, body, headers }: Answer): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}
