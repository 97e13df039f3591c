import * as z from 'zod/mini';
import { isRequestId } from '../../functions/contract/request-id.ts';
import { TRAIL } from '../../functions/contract/trail.ts';
import type { AuditEvent } from '../client/audit-event.ts';
import { isReply } from '../client/http.ts';
import { askForStored, readStored } from '../client/trail.ts';
import { found } from '../embedded/traces/api/answers.ts';
import { parameter, parseParameters } from '../embedded/traces/api/parameters.ts';
import type { Route } from '../embedded/traces/api/routes.ts';
import { HttpError } from '../embedded/traces/http.ts';
import type { OwnTraces } from './own-traces.ts';

const ANSWER_TIMEOUT_MS = 5000;

const path = z.object({
  request_id: parameter('PA- and at least five digits are', (text) => (isRequestId(text) ? text : undefined)),
});

/**
 * What the details of an event may say; whatever else the API adds to them is left out, for it may be the patient's.
 */
const DETAILS = Object.values(TRAIL).flatMap((details) => Object.keys(details));

/**
 * `GET /api/requests/{request_id}/audit`: the audit trail of a request, asked of the API, which alone reads the
 * database.
 */
export function auditRoute(api: string, ownTraces: OwnTraces, timeoutMs = ANSWER_TIMEOUT_MS): Route {
  return {
    path: /^\/api\/requests\/([^/]+)\/audit$/,
    async answer(_query, captured) {
      const { request_id } = parseParameters(path, new URLSearchParams({ request_id: captured }));
      const init = { headers: { traceparent: ownTraces.begin() }, redirect: 'error' } as const;
      const reply = await askForStored(api, request_id, timeoutMs, init);
      if (isReply(reply) && reply.status === 404) throw new HttpError(404, 'no such request');
      const audit = readStored(reply)?.audit;
      if (audit === undefined)
        throw new HttpError(503, 'the audit trail cannot be read: the API did not answer with it');
      return found(audit.map(withoutOthers));
    },
  };
}

function withoutOthers(event: AuditEvent): AuditEvent {
  const details = Object.entries(event.details).filter(([name]) => DETAILS.includes(name));
  return { ...event, details: Object.fromEntries(details) };
}
