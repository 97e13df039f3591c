import { canonicalHash } from './canonical.ts';
import type { IdempotencyKey } from './idempotency.ts';
import type { StoredRequest } from './request.ts';

/** A request as a submit writes it, with what counts it and what checked it. */
export interface NewRequest extends StoredRequest {
  readonly event_id: string;
  readonly npi_check_failed: boolean;
  /** 16 random bytes, hex, that are written beside the request and nowhere else. */
  readonly digest_salt: string;
}

/**
 * The digest of what a submit stores: request, submitter, times, first status, and the key or its absence. The first
 * row of the trail carries it, so that the trail covers them; salted, so that nobody can try member numbers against it.
 * `prior_auth_digest_of` (infra/database/0007_evidence.sql) makes the same from the rows.
 */
export function digestOf(request: NewRequest, key: IdempotencyKey | undefined): string {
  const created = request.created_at.toISOString();
  return canonicalHash([
    'prior-auth-digest/1',
    request.digest_salt,
    String(request.id),
    request.member_id,
    request.provider_npi,
    request.diagnosis_code,
    request.requested_service,
    request.status,
    request.submitter,
    request.event_id,
    String(key !== undefined),
    String(request.npi_check_failed),
    created,
    key?.submitter,
    key?.keyHash.toString('hex'),
    key?.bodyHash.toString('hex'),
    key && created,
  ]);
}
