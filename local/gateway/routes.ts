/** The routes of the HTTP API, as infra/constructs/endpoints.ts deploys them; a test holds the two together. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** A segment in braces is a parameter. */
  readonly path: string;
  readonly functionName: string;
}

export const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/prior-auth/submit', functionName: 'submit' },
  { method: 'GET', path: '/prior-auth/{request_id}', functionName: 'status' },
  { method: 'GET', path: '/health', functionName: 'health' },
  { method: 'GET', path: '/metrics', functionName: 'metrics' },
];
