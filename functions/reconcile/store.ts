/** The only SQL of reconcile. */
import type postgres from 'postgres';
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

async function advance(sql: postgres.Sql, checkedUntil: string): Promise<void> {
  await sql`
    update prior_auth_reconcile_state set checked_until = greatest(checked_until, ${checkedUntil}::text::timestamptz)`;
}
