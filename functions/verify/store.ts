/** The only SQL of the verification: audit rows and request numbers, nothing of a body. */
import type { AuditRow } from '../prior-auth/audit.ts';
import type { Database } from '../runtime/postgres.ts';

/** The audit rows of one request in the order of their numbers; none when they are all gone. */
export interface Trail {
  readonly requestId: number;
  readonly rows: readonly AuditRow[];
}

const BATCH_REQUESTS = 500;

/** Every request's trail, in the order of the requests, a batch at a time. */
export async function* readTrails({ sql }: Database): AsyncGenerator<Trail> {
  for (let after = 0; ;) {
    const batch = await sql<{ id: string; rows: (Omit<AuditRow, 'at'> & { at: string })[] }[]>`
      select r.id, coalesce(jsonb_agg(to_jsonb(a) order by a.seq) filter (where a.seq is not null), '[]') as rows
      from (select id from prior_auth_requests where id > ${after} order by id limit ${BATCH_REQUESTS}) r
      left join prior_auth_audit_events a on a.request_id = r.id
      group by r.id order by r.id`;
    if (batch.length === 0) return;
    for (const { id, rows } of batch)
      yield { requestId: Number(id), rows: rows.map((row) => ({ ...row, at: new Date(row.at) })) };
    after = Number(batch.at(-1)?.id);
  }
}
