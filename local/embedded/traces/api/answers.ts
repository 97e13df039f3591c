import type { Answer } from '../http.ts';

interface ApiError {
  readonly code?: number;
  readonly msg: string;
  readonly traceID?: string;
}

/** What Jaeger's query service wraps every answer in. */
export function found(data: unknown, { total = 0, errors }: { total?: number; errors?: readonly ApiError[] } = {}) {
  return json(200, JSON.stringify({ data, total, limit: 0, offset: 0, errors: errors?.length ? errors : null }));
}

/** The same around members that are JSON already, unchanged. */
export function foundJson(members: readonly string[]): Answer {
  return json(200, `{"data":[${members.join(',')}],"total":${members.length},"limit":0,"offset":0,"errors":null}`);
}

export function failed(code: number, msg: string): Answer {
  return json(code, JSON.stringify({ data: null, total: 0, limit: 0, offset: 0, errors: [{ code, msg }] }));
}

function json(status: number, body: string): Answer {
  return { status, type: 'application/json', body };
}
