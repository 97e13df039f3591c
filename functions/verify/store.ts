/** The only SQL of the verification: audit rows, numbers and whether digests hold; nothing of a body. */
import type postgres from 'postgres';
import type { AuditRow } from '../prior-auth/audit.ts';
import type { Checkpoint } from '../prior-auth/checkpoint.ts';
import type { Head } from '../prior-auth/head.ts';
import type { Tombstone } from '../prior-auth/tombstone.ts';
import type { Database } from '../runtime/postgres.ts';

/** All that the database has under one number. */
export interface Subject {
  readonly id: number;
  /** Undefined when there is no such request (any more). */
  readonly request: { readonly status: string; readonly eventId: string; readonly createdAt: Date } | undefined;
  /** In the order of their numbers. */
  readonly rows: readonly AuditRow[];
  readonly keys: number;
  /** Null: from before there were digests. */
  readonly digestHolds: boolean | null;
  readonly purged: readonly (Head & { readonly tombstone: number })[];
}

export interface StoredCheckpoint extends Checkpoint {
  /** When reconcile had written it to its log; null before. */
  readonly writtenAt: Date | null;
}

/** One state of the database, whatever goes on in it. */
export interface Snapshot {
  readonly at: Date;
  readonly checkpoints: readonly StoredCheckpoint[];
  readonly tombstones: readonly Tombstone[];
  /** Everything with `after` < id <= `until`, in the order of the numbers, a batch at a time. */
  subjects(after: number, until: number): AsyncIterable<Subject>;
  /** The last number that the sequence has given out. Asked after the subjects: a sequence is of no snapshot. */
  lastGivenId(): Promise<number>;
}

const BATCH_REQUESTS = 500;

/** What was so before the log was read. */
export interface Start {
  /** By the database's clock. */
  readonly at: Date;
  /** The last tombstone: a purge writes it to the log before it commits. */
  readonly lastTombstone: number;
}

export async function readStart({ sql }: Database): Promise<Start> {
  const [row] = await sql<[{ at: Date; last: string }]>`
    select now() as at, coalesce(max(seq), 0) as last from prior_auth_tombstones`;
  return { at: row.at, lastTombstone: Number(row.last) };
}

export async function inSnapshot<T>({ sql }: Database, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  await sql`begin isolation level repeatable read read only`;
  try {
    return await work(await openSnapshot(sql));
  } finally {
    await sql`rollback`.catch(() => undefined);
  }
}

async function openSnapshot(sql: postgres.Sql): Promise<Snapshot> {
  const [row] = await sql<
    [{ at: Date; checkpoints: (Checkpoint & { writtenAt: string | null })[]; tombstones: Tombstone[] }]
  >`
    select clock_timestamp() as at,
      (select coalesce(jsonb_agg(jsonb_build_object('seq', seq, 'after_id', after_id, 'last_id', last_id, 'heads', heads,
         'first_id', first_id, 'heads_sha256', heads_sha256, 'closed_at', prior_auth_iso(closed_at), 'previous', previous,
         'hash', hash, 'writtenAt', written_at) order by seq), '[]') from prior_auth_checkpoints) as checkpoints,
      (select coalesce(jsonb_agg(jsonb_build_object('seq', seq, 'at', prior_auth_iso(at), 'purged_by', purged_by,
         'reason', reason, 'requests', requests, 'ids', ids, 'counts', counts, 'heads_sha256', heads_sha256,
         'previous', previous, 'hash', hash) order by seq), '[]') from prior_auth_tombstones) as tombstones`;
  return {
    at: row.at,
    checkpoints: row.checkpoints.map((one) => ({
      ...one,
      writtenAt: one.writtenAt === null ? null : new Date(one.writtenAt),
    })),
    tombstones: row.tombstones,
    subjects: (after, until) => readSubjects(sql, after, until),
    lastGivenId: async () => {
      const [given] = await sql<[{ last: string }]>`
        select case when is_called then last_value else 0 end as last from prior_auth_request_id_seq`;
      return Number(given.last);
    },
  };
}

interface SubjectRow {
  readonly id: string;
  readonly keys: number;
  readonly digest_holds: boolean | null;
  readonly request: { status: string; event_id: string; created_at: string } | null;
  readonly rows: (Omit<AuditRow, 'at'> & { at: string })[];
  readonly purged: (Head & { tombstone: number })[];
}

async function* readSubjects(sql: postgres.Sql, from: number, until: number): AsyncGenerator<Subject> {
  for (let after = from; ;) {
    const batch = await sql<SubjectRow[]>`
      select e.id, e.keys, e.digest_holds,
        (select jsonb_build_object('status', r.status, 'event_id', r.event_id, 'created_at', r.created_at)
         from prior_auth_requests r where r.id = e.id) as request,
        (select coalesce(jsonb_agg(to_jsonb(a) order by a.seq), '[]')
         from prior_auth_audit_events a where a.request_id = e.id) as rows,
        (select coalesce(jsonb_agg(to_jsonb(p) order by p.seq), '[]')
         from prior_auth_purged_heads p where p.request_id = e.id) as purged
      from prior_auth_evidence(${after}, ${BATCH_REQUESTS}) e where e.id <= ${until} order by e.id`;
    yield* batch.map(toSubject);
    if (batch.length < BATCH_REQUESTS) return;
    after = Number(batch.at(-1)?.id);
  }
}

function toSubject({ id, keys, digest_holds, request, rows, purged }: SubjectRow): Subject {
  return {
    id: Number(id),
    request: request === null ? undefined : toRequest(request),
    rows: rows.map((row) => ({ ...row, at: new Date(row.at) })),
    keys,
    digestHolds: digest_holds,
    purged,
  };
}

function toRequest(row: NonNullable<SubjectRow['request']>) {
  return { status: row.status, eventId: row.event_id, createdAt: new Date(row.created_at) };
}
