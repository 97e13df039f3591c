import { HttpFailure, HttpTimeout, reasonOf as reasonOfHttp } from '../http/failure.ts';

/** A collector that answered, but not with a success. */
export class ExportFailure extends HttpFailure {
  /** The rest that the collector asked for. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, retryAfterMs?: number) {
    super(reason);
    this.retryAfterMs = retryAfterMs;
  }
}

/** What may be logged: no address, no header and nothing of a span. */
export function reasonOf(error: unknown): string {
  return error instanceof HttpTimeout ? 'no answer within OTEL_FLUSH_DEADLINE_MS' : reasonOfHttp(error);
}
