import * as z from 'zod/mini';
import { found } from '../embedded/traces/api/answers.ts';
import { parameter, parseParameters } from '../embedded/traces/api/parameters.ts';
import type { Route } from '../embedded/traces/api/routes.ts';
import { HttpError } from '../embedded/traces/http.ts';
import { AuditTrail, type AuditEvent } from './contract.ts';
import type { OwnTraces } from './own-traces.ts';
import { REQUEST_ID } from './request-id.ts';

const ANSWER_TIMEOUT_MS = 5000;

const path = z.object({
  request_id: parameter('PA- and at least five digits are', (text) => (REQUEST_ID.test(text) ? text : undefined)),
});

/** Of the request itself nothing is read: it is the patient's. */
const PriorAuth = z.object({ audit: AuditTrail });

/**
 * What the details of an event may say; whatever else the API adds to them is left out, for it may be the patient's.
 */
const DETAILS = ['idempotency_key', 'check_digit', 'status'];

/**
 * `GET /api/requests/{request_id}/audit`: the audit trail of a request, asked of the API, which alone reads the
 * database.
 */
export function auditRoute(api: string, ownTraces: OwnTraces, timeoutMs = ANSWER_TIMEOUT_MS): Route {
  return {
    path: /^\/api\/requests\/([^/]+)\/audit$/,
    async answer(_query, captured) {
      const { request_id } = parseParameters(path, new URLSearchParams({ request_id: captured }));
      const response = await ask(`${api}/prior-auth/${request_id}`, ownTraces.begin(), timeoutMs);
      if (response.status === 404) throw new HttpError(404, 'no such request');
      return found((await readTrail(response)).map(withoutOthers));
    },
  };
}

async function ask(url: string, traceparent: string, timeoutMs: number): Promise<Response> {
  try {
    return await fetch(url, { headers: { traceparent }, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    throw unavailable(cause);
  }
}

async function readTrail(response: Response): Promise<AuditEvent[]> {
  if (!response.ok) throw unavailable(new Error(`The API answered ${response.status}.`));
  try {
    return PriorAuth.parse(await response.json()).audit;
  } catch (cause) {
    throw unavailable(cause);
  }
}

function withoutOthers(event: AuditEvent): AuditEvent {
  const details = Object.entries(event.details).filter(([name]) => DETAILS.includes(name));
  return { ...event, details: Object.fromEntries(details) };
}

function unavailable(cause: unknown): HttpError {
  return new HttpError(503, 'the audit trail cannot be read: the API did not answer with it', { cause });
}
