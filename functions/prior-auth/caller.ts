import type { HttpRequest } from '../runtime/http.ts';
import { Problem } from '../runtime/problem.ts';

/** Who calls, by the token that API Gateway's authorizer has verified. */
export interface Caller {
  readonly id: string;
  /** May read the requests of every submitter. */
  readonly readsAll: boolean;
}

/**
 * With this service's own prefix, as Cognito writes scopes of a resource server, or bare; another server's `read-all`
 * opens nothing.
 */
const READ_ALL = new Set(['prior-auth/read-all', 'read-all']);

/**
 * @param anonymous the caller where no authorizer runs; undefined in the cloud
 * @throws Problem 401 without a token's claims: the route was deployed without its authorizer
 */
export function identify(request: HttpRequest, anonymous: string | undefined): Caller {
  const { claims } = request;
  const id = claims?.['client_id'] ?? claims?.['azp'] ?? claims?.['sub'];
  if (typeof id === 'string' && id !== '')
    return { id, readsAll: scopes(claims?.['scope']).some((scope) => READ_ALL.has(scope)) };
  if (claims === undefined && anonymous !== undefined) return { id: anonymous, readsAll: false };
  throw new Problem(401, {
    detail: 'The request carries no verified token.',
    headers: { 'www-authenticate': 'Bearer' },
  });
}

function scopes(claim: unknown): string[] {
  return typeof claim === 'string' ? claim.split(' ') : [];
}
