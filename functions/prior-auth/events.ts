/** One function per business event: it alone says what the event means to the counters, the log line, and the trace. */
import { toRequestId } from '../contract/request-id.ts';
import { addOperation, type RequestEvent } from '../runtime/wide-event.ts';
import type { Problem } from '../runtime/problem.ts';
import type { WorkSpan } from '../runtime/span.ts';
import type { AuditRow } from './audit.ts';
import type { Head } from './head.ts';
import { InvalidSubmission } from './schema.ts';

export function keyRead(event: RequestEvent): void {
  addOperation(event, 'read_idempotency_key');
}

export function idGenerated(event: RequestEvent, span: WorkSpan, id: number): void {
  addOperation(event, 'generate_request_id');
  event.requestId = toRequestId(id);
  span.setAttribute('prior_auth.request_id', event.requestId);
}

export function npiChecked(event: RequestEvent, span: WorkSpan, isValid: boolean): void {
  span.setAttribute('prior_auth.npi.check_digit', isValid ? 'valid' : 'invalid');
  if (!isValid) event.npiCheckFailed = true;
}

export function stored(event: RequestEvent, audit: readonly AuditRow[], withKey: boolean): void {
  event.status = 'success';
  addOperation(event, 'insert_request');
  addOperation(event, 'insert_audit_event', audit.length);
  if (withKey) addOperation(event, 'insert_idempotency_key');
  witness(event, audit.at(-1));
}

export function replayed(event: RequestEvent, span: WorkSpan, id: number, head: Head | undefined): void {
  event.status = 'replayed';
  witness(event, head);
  event.requestId = toRequestId(id);
  span.setAttributes({ 'prior_auth.request_id': event.requestId, 'prior_auth.idempotent_replay': true });
}

function witness(event: RequestEvent, head: Head | undefined): void {
  if (head === undefined) return;
  event.auditSeq = head.seq;
  event.auditHead = head.hash;
}

/** A submit that was not stored: counted by its kind, and by the fields at fault. Rules are named, values are not. */
export function refused(event: RequestEvent, problem: Problem, root: WorkSpan | undefined): void {
  event.status = problem.status >= 500 ? 'error' : problem.status === 409 ? 'conflict' : 'validation_error';
  if (!(problem instanceof InvalidSubmission)) return;
  const fields = problem.faults.map((fault) => fault.field);
  event.failedFields = fields;
  root?.setAttribute('prior_auth.failed_fields', fields);
  event.failedRules = problem.faults.map((fault) => fault.rule);
}

/** @param id of the request that was found: a number that only the caller knows is told nobody */
export function requestRead(event: RequestEvent, span: WorkSpan, id: number | undefined): void {
  addOperation(event, 'read_request');
  if (id === undefined) return;
  event.requestId = toRequestId(id);
  span.setAttribute('prior_auth.request_id', event.requestId);
}
