import * as z from 'zod/mini';
import type { Answer } from '../answer.ts';
import { ask, readJson } from '../../client/http.ts';
import { check, type Findings } from '../section.ts';
import type { System } from '../system.ts';
import { move, operations } from '../../client/moves.ts';
import { readSeries, type Series } from '../what/series.ts';
import { readUntil } from '../what/what.ts';

const TRAIL = 'request_received, npi_validated, request_submitted';

const AuditEvent = z.object({
  event: z.string(),
  actor: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  trace_id: z.string(),
  at: z.iso.datetime(),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

/** Of the request itself nothing is read: it is the patient's. */
const PriorAuth = z.object({ audit: z.array(AuditEvent) });

/** What was done to the request, by whom and when: the audit trail that the API gives back. */
export async function explainAcceptance(system: System, { created, traceId }: Answer): Promise<Findings> {
  if (created === undefined) throw new Error('There is no audit trail to read: the request was not accepted.');
  const path = `/prior-auth/${created.request_id}`;
  const before = await readSeries(system.api);
  const reply = await ask(`${system.api}${path}`);
  const found = reply.status === 200 ? readJson(PriorAuth, reply) : undefined;
  if (found === undefined) throw new Error(`GET ${path} answers ${reply.status} without an audit trail.`);
  const trail = judgeTrail(found.audit, traceId);
  // Waited for, so that this reading is not taken for the next request's doing.
  const isCounted = (after: Series) => move(before, after, operations('read_request')) > 0;
  const counted = check(isCounted(await readUntil(system, isCounted)), `GET ${path} moved no counter.`);
  return { ...trail, checks: [...trail.checks, counted] };
}

export function judgeTrail(audit: readonly AuditEvent[], traceId: string): Findings {
  const events = audit.map(({ event }) => event).join(', ');
  return {
    lines: audit.map((event) => describe(event, audit[0], traceId)),
    checks: [
      check(events === TRAIL, `The audit events are ${events || 'missing'}, not ${TRAIL}.`),
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
