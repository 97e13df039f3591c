/** The only SQL of reconcile. */
import type postgres from 'postgres';
import { retryOnce, type Database } from '../runtime/postgres.ts';
import type { CommittedRequest } from './committed-request.ts';

export interface Uncounted {
  readonly requests: readonly CommittedRequest[];
  /** The instant before which nothing else is uncounted, once these requests are counted. */
  readonly checkedUntil: string;
}

export interface ReconcileStore {
  /** The oldest uncounted requests, at most `limit`. */
  uncounted(limit: number): Promise<Uncounted>;
  /** Remembers that all requests before an instant are counted. */
  advance(checkedUntil: string): Promise<void>;
  /** Makes the partitions of the days to come, drops those that nothing can refer to any more. */
  maintain(): Promise<void>;
}

/** All of it may be done twice, so what meets a connection that died while the environment was frozen is tried again. */
export function createReconcileStore(database: Pick<Database, 'sql'>): ReconcileStore {
  return {
    uncounted: (limit) => retryOnce(() => uncounted(database.sql, limit)),
    advance: (checkedUntil) => retryOnce(() => advance(database.sql, checkedUntil)),
    maintain: async () => {
      await retryOnce(() => database.sql`select prior_auth_maintain_seen_events()`);
    },
  };
}

interface UncountedRow extends Omit<CommittedRequest, 'created_at'> {
  readonly settled: string;
  readonly created_at: Date | null;
}

async function uncounted(sql: postgres.Sql, limit: number): Promise<Uncounted> {
  const rows = await sql<UncountedRow[]>`
    select now.settled, u.event_id, u.created_at, to_json(u.days) as days, u.idempotent, u.npi_check_failed, u.audit_events
    from (select (now() - interval '5 minutes')::text as settled) now
    left join lateral (select * from prior_auth_uncounted_requests order by created_at limit ${limit}) u on true`;
  const requests = rows.flatMap((row) => (row.created_at === null ? [] : [{ ...row, created_at: row.created_at }]));
  const last = requests.at(-1);
  const isFull = last !== undefined && requests.length === limit;
  return { requests, checkedUntil: isFull ? last.created_at.toISOString() : (rows[0]?.settled ?? '-infinity') };
}

async function advance(sql: postgres.Sql, checkedUntil: string): Promise<void> {
  await sql`
    update prior_auth_reconcile_state set checked_until = greatest(checked_until, ${checkedUntil}::text::timestamptz)`;
}
