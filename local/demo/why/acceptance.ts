import type { Answer } from '../../client/answer.ts';
import type { AuditEvent } from '../../client/audit-event.ts';
import type { Followed, Place } from '../../client/follow.ts';
import { isReply } from '../../client/http.ts';
import { readMetrics, waitForMetrics, type Reading } from '../../client/metrics.ts';
import { move, operations } from '../../client/moves.ts';
import { ACCEPTED_TRAIL, askForStored, namesOf, readStored } from '../../client/trail.ts';
import { LIMITS_MS, PATIENCE } from '../limits.ts';
import { check, type Findings } from '../section.ts';

/** What was done to the request, by whom and when: the audit trail that the API gives back. */
export async function explainAcceptance(
  { api }: Pick<Place, 'api'>,
  { traceId }: Pick<Followed, 'traceId'>,
  { created }: Answer,
): Promise<Findings> {
  if (created === undefined) throw new Error('There is no audit trail to read: the request was not accepted.');
  const path = `/prior-auth/${created.request_id}`;
  const before = await readMetrics(api, LIMITS_MS.metrics);
  const reply = await askForStored(api, created.request_id, LIMITS_MS.stored);
  const stored = readStored(reply);
  if (stored === undefined)
    throw new Error(`GET ${path} answers ${isReply(reply) ? reply.status : reply.code} without an audit trail.`);
  const trail = judgeTrail(stored.audit, traceId);
  // Waited for, so that this reading is not taken for the next request's doing.
  const isCounted = (after: Reading) => move(before, after, operations('read_request')) > 0;
  const counted = check(isCounted(await waitForMetrics(api, isCounted, PATIENCE)), `GET ${path} moved no counter.`);
  return { ...trail, checks: [...trail.checks, counted] };
}

export function judgeTrail(audit: readonly AuditEvent[], traceId: string): Findings {
  const events = namesOf(audit);
  return {
    lines: audit.map((event) => describe(event, audit[0], traceId)),
    checks: [
      check(events === ACCEPTED_TRAIL, `The audit events are ${events || 'missing'}, not ${ACCEPTED_TRAIL}.`),
      ...audit.map(({ event, trace_id }) =>
        check(trace_id === traceId, `The audit event ${event} has another trace id.`),
      ),
    ],
  };
}

function describe(event: AuditEvent, first: AuditEvent | undefined, traceId: string): string {
  const offset = `+${Date.parse(event.at) - Date.parse(first?.at ?? event.at)}ms`;
  const trace = event.trace_id === traceId ? 'this trace' : `trace ${event.trace_id}`;
  const details = Object.entries(event.details).map(([key, value]) => `${key}: ${value}`);
  return `${offset.padStart(8)}  ${event.event.padEnd(17)}  by ${event.actor}, ${trace}, ${details.join(', ')}`;
}
