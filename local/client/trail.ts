import * as z from 'zod/mini';
import { SUBMIT_EVENTS } from '../../functions/contract/trail.ts';
import { AuditEvent } from './audit-event.ts';
import { ask, isReply, readJson, type Reply, type Unreachable } from './http.ts';

/** What is read of a stored request: nothing that is the patient's. */
const Stored = z.object({ status: z.string(), created_at: z.iso.datetime(), audit: z.array(AuditEvent) });
export type Stored = z.infer<typeof Stored>;

/** The events of a request that was accepted, in their order. */
export const ACCEPTED_TRAIL = SUBMIT_EVENTS.join(', ');

/** Asks the API, which alone reads the database, for a request and its audit trail. */
export function askForStored(
  api: string,
  requestId: string,
  limitMs: number,
  init: RequestInit = {},
): Promise<Reply | Unreachable> {
  return ask(`${api}/prior-auth/${requestId}`, limitMs, init);
}

/** @returns undefined for an answer that is not 200, or not of this shape */
export function readStored(reply: Reply | Unreachable): Stored | undefined {
  return isReply(reply) && reply.status === 200 ? readJson(Stored, reply) : undefined;
}

export function namesOf(audit: readonly AuditEvent[]): string {
  return audit.map(({ event }) => event).join(', ');
}
