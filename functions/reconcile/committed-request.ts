import { reconciledLine } from '../prior-auth/evidence-line.ts';
import type { CountableEvent } from '../series/emf.ts';
import type { Sample } from '../series/samples.ts';

/** What is known of a committed request whose line was lost; no column of its body. */
export interface CommittedRequest {
  readonly event_id: string;
  /** The UTC days on which its line may have been stamped. */
  readonly days: readonly string[];
  readonly idempotent: boolean;
  readonly npi_check_failed: boolean;
  readonly audit_events: number;
  readonly request_id: number;
  /** The ends of its trail; null when that has none. */
  readonly heads: readonly { readonly audit_seq: number; readonly audit_head: string }[] | null;
}

/**
 * The event that the lost line was, as far as the row tells: all its counters. Its duration and cold start are gone.
 */
export function toEvent(request: CommittedRequest): CountableEvent {
  const keyOperations = request.idempotent ? { read_idempotency_key: 1, insert_idempotency_key: 1 } : {};
  const operations = {
    generate_request_id: 1,
    insert_request: 1,
    insert_audit_event: request.audit_events,
    ...keyOperations,
  };
  const samples: Sample[] = [
    { metric: 'prior_auth_requests_total', labels: { status: 'success' }, value: 1 },
    ...Object.entries(operations).map(([operation_type, value]) => ({
      metric: 'prior_auth_database_operations_total' as const,
      labels: { operation_type },
      value,
    })),
  ];
  if (request.npi_check_failed) samples.push({ metric: 'prior_auth_npi_check_failures_total', labels: {}, value: 1 });
  return { id: request.event_id, days: [...new Set(request.days)], samples };
}

/** The lines that witness its trail in the place of the lost one. */
export function toWitnesses({ request_id, heads }: CommittedRequest): string[] {
  return (heads ?? []).map(({ audit_seq, audit_head }) =>
    reconciledLine(request_id, { seq: audit_seq, hash: audit_head }),
  );
}
