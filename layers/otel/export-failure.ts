/**
 * An export that failed for a reason that can be said: the message holds no address, no header and nothing of a span.
 */
export class ExportFailure extends Error {
  /** The rest that the collector asked for. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, retryAfterMs?: number) {
    super(reason);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Any other error is reduced to its code (`ECONNREFUSED`) or type. */
export function reasonOf(error: unknown): string {
  if (error instanceof ExportFailure) return error.message;
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.name;
  return 'unknown';
}
