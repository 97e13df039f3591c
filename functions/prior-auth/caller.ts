import type { HttpRequest } from '../runtime/http.ts';
import { Problem } from '../runtime/problem.ts';

/** Who calls, by the token that API Gateway's authorizer has verified. */
export interface Caller {
  readonly id: string;
  /** May read the requests of every submitter. */
  readonly readsAll: boolean;
}

/**
 * Where issuers name the client of a token, in the order in which they are believed: RFC 9068 (Cognito too), OpenID
 * Connect (Auth0, Keycloak), Okta, Entra ID; then whom the token is about, which is a person where a person signed in.
 * API Gateway's access log holds the same claims.
 */
export const CALLER_CLAIMS = ['client_id', 'azp', 'cid', 'appid', 'sub'] as const;

/** As long as a subject may be (OpenID Connect Core, section 2), not blank, and nothing that PostgreSQL refuses. */
const USABLE = /^(?=.*\S)[^\p{Cc}\p{Cs}]{1,255}$/u;

/**
 * With this service's own prefix, as Cognito writes scopes of a resource server, or bare; another server's `read-all`
 * opens nothing.
 */
const READ_ALL: ReadonlySet<unknown> = new Set(['prior-auth/read-all', 'read-all']);

/**
 * @param anonymous the caller where no authorizer runs; undefined in the cloud
 * @throws Problem 401 without a token's claims (the route was deployed without its authorizer), or without a usable
 *   name in them
 */
export function identify({ claims }: HttpRequest, anonymous: string | undefined): Caller {
  if (claims === undefined && anonymous !== undefined) return { id: anonymous, readsAll: false };
  const id = CALLER_CLAIMS.map((name) => claims?.[name]).find((claim) => claim !== undefined && claim !== null);
  if (claims !== undefined && typeof id === 'string' && USABLE.test(id)) {
    return {
      id,
      readsAll: [...scopes(claims['scope']), ...scopes(claims['scp'])].some((scope) => READ_ALL.has(scope)),
    };
  }
  throw new Problem(401, {
    detail: 'The request carries no verified token.',
    headers: { 'www-authenticate': 'Bearer' },
  });
}

/** Words with blanks between, or a list, which API Gateway hands on as the text `[a b]`. */
function scopes(claim: unknown): unknown[] {
  if (typeof claim !== 'string') return Array.isArray(claim) ? claim : [];
  return (/^\[(.*)\]$/.exec(claim)?.[1] ?? claim).split(' ');
}
