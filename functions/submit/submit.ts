import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { toRequestId } from '../contract/request-id.ts';
import type { AuditEventName, DetailsOf } from '../contract/trail.ts';
import { chain, type AuditRow, type KnownEvent, type SubmitTrail } from '../prior-auth/audit.ts';
import { identify } from '../prior-auth/caller.ts';
import { digestOf, type NewRequest } from '../prior-auth/digest.ts';
import { idGenerated, keyRead, npiChecked, replayed, stored } from '../prior-auth/events.ts';
import type { IdempotencyKey } from '../prior-auth/idempotency.ts';
import { hasValidCheckDigit } from '../prior-auth/npi.ts';
import { toBody, type StoredRequest, type Submission } from '../prior-auth/request.ts';
import type { PriorAuthStore, Reserved } from '../prior-auth/store.ts';
import { createSubmissionReader } from '../prior-auth/submission.ts';
import type { HttpAnswer, HttpRequest, Work } from '../runtime/http.ts';
import { Problem } from '../runtime/problem.ts';
import { databaseCall, inDatabaseSpan, inSpan, type WorkSpan } from '../runtime/span.ts';
import { idsOf } from '../runtime/telemetry.ts';

const GENERATE = databaseCall('SELECT', 'prior_auth_request_id_seq');
const INSERT = databaseCall('INSERT', 'prior_auth_requests');

const SALT_BYTES = 16;

const SLOW_MEMBER = 'M99999';
const SLOW_MEMBER_DELAY_MS = 2000;

export interface SubmitParts {
  readonly store: PriorAuthStore;
  readonly npiCheckDigit: 'warn' | 'enforce';
  readonly anonymousCaller: string | undefined;
  /** The member M99999 takes two seconds: a demonstration that exists on laptops only. */
  readonly simulateSlowMember: boolean;
}

/** `POST /prior-auth/submit`: two round trips to the database, with or without an idempotency key. */
export function createSubmit(parts: SubmitParts): Work {
  const read = createSubmissionReader(parts.npiCheckDigit);
  return (request) =>
    inSpan('submit_prior_auth', {}, (span) => {
      const caller = identify(request, parts.anonymousCaller);
      return submit(parts, request, span, { ...read(request, caller.id), submitter: caller.id });
    });
}

interface Parsed {
  readonly submission: Submission;
  readonly submitter: string;
  readonly key: IdempotencyKey | undefined;
}

async function submit(parts: SubmitParts, request: HttpRequest, span: WorkSpan, parsed: Parsed): Promise<HttpAnswer> {
  const received = auditEvent('request_received', parsed.submitter, request.traceId, span, {
    idempotency_key: parsed.key !== undefined,
  });
  const reservation = await reserve(parts.store, request, parsed.key);
  switch (reservation.kind) {
    case 'in_flight':
      throw new Problem(409, { detail: 'A request with this Idempotency-Key is being worked on.' });
    case 'other_body':
      throw new Problem(422, { detail: 'This Idempotency-Key was used for another request.' });
    case 'replay':
      replayed(request.event, span, reservation.request.id, reservation.head);
      return created(reservation.request, { 'idempotent-replayed': 'true' });
    case 'reserved':
      try {
        return await store(parts, request, parsed, reservation, received);
      } finally {
        await reservation.release();
      }
  }
}

function reserve(store: PriorAuthStore, request: HttpRequest, key: IdempotencyKey | undefined) {
  return inDatabaseSpan('generate_request_id', GENERATE, async (span) => {
    const reservation = await store.reserve(key);
    if (key !== undefined) keyRead(request.event);
    if (reservation.kind === 'reserved') idGenerated(request.event, span, reservation.id);
    return reservation;
  });
}

async function store(
  parts: SubmitParts,
  { event, traceId }: HttpRequest,
  { submission, submitter, key }: Parsed,
  reservation: Reserved,
  received: SubmitTrail[0],
): Promise<HttpAnswer> {
  if (parts.simulateSlowMember && submission.member_id === SLOW_MEMBER) await simulateSlowQuery();
  const validated = await inSpan('validate_npi', {}, (span) => {
    const isValid = hasValidCheckDigit(submission.provider_npi);
    npiChecked(event, span, isValid);
    return auditEvent('npi_validated', submitter, traceId, span, { check_digit: isValid ? 'valid' : 'invalid' });
  });
  const created_at = new Date();
  const request: NewRequest = {
    ...submission,
    id: reservation.id,
    status: 'pending',
    submitter,
    created_at,
    event_id: event.eventId,
    npi_check_failed: event.npiCheckFailed ?? false,
    digest_salt: randomBytes(SALT_BYTES).toString('hex'),
  };
  await inDatabaseSpan('database_insert', INSERT, async (span) => {
    const submitted = auditEvent('request_submitted', submitter, traceId, span, { status: request.status });
    const events: SubmitTrail = [received, validated, submitted];
    const audit: AuditRow[] = chain(request.id, events, digestOf(request, key));
    await reservation.commit(request, audit);
    stored(event, audit, key !== undefined);
  });
  return created(request);
}

function simulateSlowQuery(): Promise<void> {
  const why = { delay_ms: SLOW_MEMBER_DELAY_MS, reason: 'Simulating database contention' } as const;
  return inSpan('vip_member_slow_query', why, async () => {
    await sleep(SLOW_MEMBER_DELAY_MS);
  });
}

function auditEvent<Name extends AuditEventName>(
  event: Name,
  actor: string,
  traceId: string,
  span: WorkSpan,
  details: DetailsOf<Name>,
): KnownEvent<Name> {
  return { event, actor, details, trace_id: traceId, span_id: idsOf(span).spanId, at: new Date() };
}

function created(request: StoredRequest, headers: Record<string, string> = {}): HttpAnswer {
  return {
    status: 201,
    headers: { location: `/prior-auth/${toRequestId(request.id)}`, ...headers },
    body: toBody(request),
  };
}
