/** What a caller is told of a fault: RFC 9457 problem details. Never holds a value that the caller sent. */
export interface Fault {
  readonly field: string;
  readonly rule: string;
  readonly detail: string;
}

interface ProblemOptions {
  readonly detail?: string;
  readonly faults?: readonly Fault[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/**
 * Throw it anywhere below `serve`: the one catch there answers with it. `cause` is for the span, not for the caller.
 */
export class Problem extends Error {
  readonly status: number;
  readonly detail: string | undefined;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, options: ProblemOptions = {}) {
    super(`${status} ${titleOf(status)}`, { cause: options.cause });
    this.name = 'Problem';
    this.status = status;
    this.detail = options.detail;
    this.faults = options.faults ?? [];
    this.headers = options.headers ?? {};
  }

  /** The `application/problem+json` document. */
  toDocument(traceId: string): object {
    return {
      type: 'about:blank',
      title: titleOf(this.status),
      status: this.status,
      detail: this.detail,
      trace_id: traceId,
      errors: this.faults.length > 0 ? this.faults : undefined,
    };
  }
}

function titleOf(status: number): string {
  return TITLES[status] ?? 'Error';
}
