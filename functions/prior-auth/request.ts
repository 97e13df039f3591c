/** A prior authorization request: what a provider sends, what is stored, what is answered. */
import { toRequestId } from '../contract/request-id.ts';

export interface Submission {
  readonly member_id: string;
  readonly provider_npi: string;
  readonly diagnosis_code: string;
  readonly requested_service: string;
}

export interface StoredRequest extends Submission {
  readonly id: number;
  readonly status: string;
  readonly submitter: string;
  readonly created_at: Date;
}

/** The body of the answers, as the demonstration's clients know it; `created_at` is RFC 3339 in UTC. */
export function toBody(request: StoredRequest) {
  return {
    id: request.id,
    request_id: toRequestId(request.id),
    member_id: request.member_id,
    provider_npi: request.provider_npi,
    diagnosis_code: request.diagnosis_code,
    requested_service: request.requested_service,
    status: request.status,
    created_at: request.created_at.toISOString(),
  };
}
