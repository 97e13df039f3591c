/** The only SQL of reconcile. */
import type postgres from 'postgres';
import type { Checkpoint } from '../prior-auth/checkpoint.ts';
import { retryOnce, type Database } from '../runtime/postgres.ts';
import type { CommittedRequest } from './committed-request.ts';

/** What a look at the oldest unchecked requests found. */
export interface Check {
  readonly uncounted: readonly CommittedRequest[];
  /** The instant before which all is counted, once these are. */
  readonly checkedUntil: string;
  /** Whether there were no more requests to check. */
  readonly isLast: boolean;
}

export interface ReconcileStore {
  /** Looks at the oldest `limit` requests that are not checked: bounded work, whatever the backlog. */
  check(limit: number): Promise<Check>;
  /** Remembers that all requests before an instant are counted. */
  advance(checkedUntil: string): Promise<void>;
  /** Closes the next range of requests by a checkpoint; false when no request is old enough. */
  closeRange(): Promise<boolean>;
  /** The checkpoints that are not known to be in the log, in their order. */
  unwritten(): Promise<Checkpoint[]>;
  markWritten(seqs: readonly number[]): Promise<void>;
  /** Makes the partitions of the days to come, drops those that nothing can refer to any more. */
  maintain(): Promise<void>;
}

/**
 * All of it may be done twice, so what meets a connection that died while the environment was frozen is tried again.
 */
export function createReconcileStore(database: Database): ReconcileStore {
  return {
    check: (limit) => retryOnce(database, (sql) => check(sql, limit)),
    advance: (checkedUntil) => retryOnce(database, (sql) => advance(sql, checkedUntil)),
    closeRange: () => retryOnce(database, closeRange),
    unwritten: () => retryOnce(database, unwritten),
    markWritten: (seqs) => retryOnce(database, (sql) => markWritten(sql, seqs)),
    maintain: async () => {
      await retryOnce(database, (sql) => sql`select prior_auth_maintain_seen_events()`);
    },
  };
}

async function check(sql: postgres.Sql, limit: number): Promise<Check> {
  const [row] = await sql<[Check]>`
    with oldest as (
      select *, count(*) over () < ${limit} as is_last
      from (select * from prior_auth_unchecked_requests order by created_at limit ${limit}) unchecked
    )
    select coalesce(bool_and(is_last), true) as "isLast",
      (case when bool_and(not is_last) then max(created_at) else now() - interval '5 minutes' end)::text as "checkedUntil",
      coalesce(jsonb_agg(to_jsonb(oldest)) filter (where not counted), '[]') as uncounted
    from oldest`;
  return row;
}

/** Never ahead of the present; one that a clock took there comes back. */
async function advance(sql: postgres.Sql, checkedUntil: string): Promise<void> {
  await sql`
    update prior_auth_reconcile_state set checked_until =
      least(greatest(case when checked_until <= now() then checked_until end, ${checkedUntil}::text::timestamptz), now())`;
}

async function closeRange(sql: postgres.Sql): Promise<boolean> {
  const [row] = await sql<[{ closed: boolean }]>`select prior_auth_close_range() as closed`;
  return row.closed;
}

async function unwritten(sql: postgres.Sql): Promise<Checkpoint[]> {
  const rows = await sql<{ checkpoint: Checkpoint }[]>`
    select jsonb_build_object('seq', seq, 'after_id', after_id, 'last_id', last_id, 'heads', heads, 'first_id', first_id,
      'heads_sha256', heads_sha256, 'closed_at', prior_auth_iso(closed_at), 'previous', previous, 'hash', hash) as checkpoint
    from prior_auth_checkpoints where written_at is null order by seq`;
  return rows.map(({ checkpoint }) => checkpoint);
}

async function markWritten(sql: postgres.Sql, seqs: readonly number[]): Promise<void> {
  await sql`
    update prior_auth_checkpoints set written_at = now()
    where written_at is null and seq in (select value::bigint from json_array_elements_text(${JSON.stringify(seqs)}::text::json))`;
}
