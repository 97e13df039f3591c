/**
 * An exchange that did not work for a reason of HTTP. The message is fixed text: it quotes neither request nor answer.
 */
export class HttpFailure extends Error {}

/** There was no whole answer within the limit. */
export class HttpTimeout extends HttpFailure {
  constructor() {
    super('no answer in time');
  }
}

/** The server had closed the kept-alive connection before the request reached it. */
export class StaleConnection extends HttpFailure {
  constructor() {
    super('stale connection');
  }
}

/** What may be logged. Any other error is reduced to its code (`ECONNREFUSED`) or type. */
export function reasonOf(error: unknown): string {
  if (error instanceof HttpFailure) return error.message;
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.name;
  return 'unknown';
}
