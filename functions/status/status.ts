import { fromRequestId } from '../contract/request-id.ts';
import { identify, type Caller } from '../prior-auth/caller.ts';
import type { AuditRow } from '../prior-auth/audit.ts';
import { requestRead } from '../prior-auth/events.ts';
import { toBody } from '../prior-auth/request.ts';
import type { PriorAuthStore, RequestWithAudit } from '../prior-auth/store.ts';
import type { Work } from '../runtime/http.ts';
import { Problem } from '../runtime/problem.ts';
import { databaseCall, inDatabaseSpan } from '../runtime/span.ts';

const READ = databaseCall('SELECT', 'prior_auth_requests');

/** `GET /prior-auth/{request_id}`: the request with its audit trail, for its submitter or a caller who may read all. */
export function createStatus(parts: { store: PriorAuthStore; anonymousCaller: string | undefined }): Work {
  return async (request) => {
    const caller = identify(request, parts.anonymousCaller);
    const id = fromRequestId(request.pathParameters['request_id'] ?? '');
    if (id === undefined) throw notFound();
    const found = await inDatabaseSpan('read_prior_auth', READ, async (span) => {
      const read = await parts.store.read(id);
      requestRead(request.event, span, read?.request.id);
      return read;
    });
    if (found === undefined || !mayRead(caller, found)) throw notFound();
    return { status: 200, body: { ...toBody(found.request), audit: found.audit.map(toPublic) } };
  };
}

function mayRead(caller: Caller, { request }: RequestWithAudit): boolean {
  return caller.readsAll || caller.id === request.submitter;
}

function toPublic({ event, actor, details, trace_id, span_id, at, hash }: AuditRow) {
  return { event, actor, details, trace_id, span_id, at: at.toISOString(), hash };
}

/** The same answer for what does not exist and what is somebody else's: PA numbers can be guessed. */
function notFound(): Problem {
  return new Problem(404, { detail: 'There is no such prior authorization request.' });
}
