/** A row of the audit trail, as `GET /prior-auth/{request_id}` gives it. */
import * as z from 'zod/mini';

export const AuditEvent = z.object({
  event: z.string(),
  actor: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  trace_id: z.string(),
  span_id: z.string(),
  at: z.iso.datetime(),
  hash: z.string(),
});
export type AuditEvent = z.infer<typeof AuditEvent>;
