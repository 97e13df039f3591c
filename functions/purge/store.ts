/** The only SQL of a purge: the removal itself is a function of the database (infra/database/0007_evidence.sql). */
import type postgres from 'postgres';
import type { Tombstone } from '../prior-auth/tombstone.ts';
import { inTransaction, type Database } from '../runtime/postgres.ts';
import type { Selection } from './options.ts';

/** What would be removed. */
export interface Preview {
  readonly requests: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly oldest: Date;
  readonly newest: Date;
  /** Chosen as well, and not under a checkpoint yet. */
  readonly tooYoung: number;
  /** Of a single request that is gone already: its tombstone. */
  readonly purgedBy: number | null;
}

interface PreviewRow {
  readonly requests: number;
  readonly first_id: string;
  readonly last_id: string;
  readonly oldest: Date;
  readonly newest: Date;
  readonly too_young: number;
  readonly purged_by: string | null;
}

export async function preview({ sql }: Database, selection: Selection): Promise<Preview> {
  const [before, id] = parametersOf(selection);
  const [row] = await sql<[PreviewRow]>`
    with chosen as (
      select id, created_at,
        id <= (select coalesce(max(last_id), 0) from prior_auth_checkpoints where written_at is not null)
          and created_at < (select checked_until from prior_auth_reconcile_state) as is_covered
      from prior_auth_requests
      where (${before}::timestamptz is null or created_at < ${before}::timestamptz) and (${id}::bigint is null or id = ${id}::bigint)
    )
    select count(*) filter (where is_covered)::integer as requests, min(id) filter (where is_covered) as first_id,
      max(id) filter (where is_covered) as last_id, min(created_at) filter (where is_covered) as oldest,
      max(created_at) filter (where is_covered) as newest, count(*) filter (where not is_covered)::integer as too_young,
      (select tombstone from prior_auth_purged_heads where request_id = ${id}::bigint limit 1) as purged_by
    from chosen`;
  return {
    requests: row.requests,
    firstId: Number(row.first_id),
    lastId: Number(row.last_id),
    oldest: row.oldest,
    newest: row.newest,
    tooYoung: row.too_young,
    purgedBy: row.purged_by === null ? null : Number(row.purged_by),
  };
}

/**
 * @param write puts the tombstone into the log, before the removal is committed: what is in PostgreSQL alone, anybody
 *   could have put there who can remove requests
 * @returns undefined when there was nothing to remove
 */
export function purge(
  { sql }: Database,
  selection: Selection,
  { by, reason }: { by: string; reason: string },
  write: (tombstone: Tombstone) => void,
): Promise<Tombstone | undefined> {
  const [before, id] = parametersOf(selection);
  return inTransaction(sql, async (transaction) => {
    const [row] = await transaction<{ tombstone: Tombstone }[]>`
      select jsonb_build_object('seq', seq, 'at', prior_auth_iso(at), 'purged_by', purged_by, 'reason', reason,
        'requests', requests, 'ids', ids, 'counts', counts, 'heads_sha256', heads_sha256, 'previous', previous,
        'hash', hash) as tombstone
      from prior_auth_purge(${before}, ${id}, ${by}, ${reason})`;
    if (row !== undefined) write(row.tombstone);
    return row?.tombstone;
  });
}

function parametersOf(selection: Selection): [postgres.SerializableParameter | null, number | null] {
  return 'before' in selection ? [selection.before, null] : [null, selection.id];
}
