import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isOwnRequest } from '../../machine/guard.ts';

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
 * A link from another page may lead here: to a trace, for one. Whatever port a tunnel has, the name is this
 * machine's.
 */
const POLICY = { links: true };

/**
 * A listener that answers with what `answer` returns, or with `failure` of what it throws: the one catch of a
 * server. What a page of another site has its browser ask is refused first (403): it could read the traces, or make
 * the API read records.
 */
export function createListener(
  answer: (request: IncomingMessage) => Answer | Promise<Answer>,
  failure: (error: HttpError, request: IncomingMessage) => Answer,
): RequestListener {
  const safely = async (request: IncomingMessage): Promise<Answer> => {
    try {
      if (!isOwnRequest(request.headers, POLICY)) {
        throw new HttpError(403, 'only requests of this machine and of this page are answered');
      }
      return await answer(request);
    } catch (error) {
      if (error instanceof HttpError) return failure(error, request);
      console.error('The embedded trace store failed to answer a request:', error);
      return failure(new HttpError(500, 'internal error'), request);
    }
  };
  return (request, response) => void safely(request).then((ready) => send(response, ready));
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
