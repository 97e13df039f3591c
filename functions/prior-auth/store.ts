/** The only SQL of the prior-auth domain. */
import type postgres from 'postgres';
import { SUBMIT_HEAD } from '../contract/trail.ts';
import type { Database } from '../runtime/postgres.ts';
import { retryOnce } from '../runtime/postgres.ts';
import type { AuditRow } from './audit.ts';
import type { NewRequest } from './digest.ts';
import type { Head } from './head.ts';
import type { IdempotencyKey } from './idempotency.ts';
import type { StoredRequest } from './request.ts';

/** An id taken for a new request, with the transaction that holds its idempotency key where there is one. */
export interface Reserved {
  readonly kind: 'reserved';
  readonly id: number;
  /** Request, audit rows and key, all or nothing. One round trip. */
  commit(request: NewRequest, audit: readonly AuditRow[]): Promise<void>;
  /** Lets the key go without a request; after `commit` it does nothing. */
  release(): Promise<void>;
}
/** `in_flight`: another request holds the key now. `other_body`: the key was used for another body. */
export type Reservation =
  | Reserved
  /** `head`: of what the submit wrote; a replay witnesses it again. */
  | { readonly kind: 'replay'; readonly request: StoredRequest; readonly head: Head | undefined }
  | { readonly kind: 'in_flight' | 'other_body' };

export interface RequestWithAudit {
  readonly request: StoredRequest;
  readonly audit: readonly AuditRow[];
}

export interface PriorAuthStore {
  reserve(key?: IdempotencyKey): Promise<Reservation>;
  read(id: number): Promise<RequestWithAudit | undefined>;
}

export function createPriorAuthStore(database: Database): PriorAuthStore {
  return {
    reserve: (key) => retryOnce(database, (sql) => (key === undefined ? reserveId(sql) : reserveKey(sql, key))),
    read: (id) => retryOnce(database, (sql) => read(sql, id)),
  };
}

async function reserveId(sql: postgres.Sql): Promise<Reserved> {
  const [row] = await sql<[{ id: string }]>`select nextval('prior_auth_request_id_seq') as id`;
  return {
    kind: 'reserved',
    id: Number(row.id),
    commit: async (request, audit) => {
      await insert(sql, request, audit, false);
    },
    release: () => Promise.resolve(),
  };
}

interface KeyRow extends Omit<StoredRequest, 'id'> {
  readonly locked: boolean;
  readonly body_hash: Buffer | null;
  readonly id: string | null;
  readonly next_id: string | null;
  readonly audit_seq: number | null;
  readonly audit_head: string | null;
}

/**
 * One round trip: begin, try the lock, and only in a statement of its own (with a snapshot taken after the lock) look
 * whether the key was used. Without that order a request that races another sees neither its own row nor the other's.
 *
 * Plain statements, because the environment has one connection and one request at a time: the driver's own transactions
 * wait for `begin` and for `commit`, two round trips more. Should the connection be lost in between, nothing of it is
 * sent on another one: a client of functions/runtime/postgres.ts never has a second.
 */
async function reserveKey(sql: postgres.Sql, key: IdempotencyKey): Promise<Reservation> {
  let isOpen = true;
  const release = async () => {
    if (isOpen) await sql`rollback`.catch(() => undefined);
    isOpen = false;
  };
  try {
    const [, , rows] = await Promise.all([sql`begin`, tryLock(sql, key), lookUp(sql, key)]);
    const [row] = rows;
    if (!row.locked || row.body_hash !== null) {
      await release();
      return used(row, key);
    }
    const commit = async (request: NewRequest, audit: readonly AuditRow[]) => {
      isOpen = false;
      // After a failed insert the commit is a rollback; all are sent at once and all are waited for.
      const statements = [insert(sql, request, audit, true), insertKey(sql, key, request), sql`commit`];
      const results = await Promise.allSettled(statements);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    };
    return { kind: 'reserved', id: Number(row.next_id), commit, release };
  } catch (error) {
    await release();
    throw error;
  }
}

function tryLock(sql: postgres.Sql, key: IdempotencyKey) {
  return sql`
    select set_config('prior_auth.locked',
      pg_try_advisory_xact_lock(hashtextextended(${key.submitter} || ${key.keyHash.toString('hex')}, 0))::text, true)`;
}

function lookUp(sql: postgres.Sql, key: IdempotencyKey) {
  return sql<[KeyRow]>`
    select lock.locked, k.body_hash, r.id, r.member_id, r.provider_npi, r.diagnosis_code, r.requested_service, r.status,
      r.submitter, r.created_at, a.seq as audit_seq, a.hash as audit_head,
      case when lock.locked and k.body_hash is null then nextval('prior_auth_request_id_seq') end as next_id
    from (select current_setting('prior_auth.locked')::boolean as locked) lock
    left join prior_auth_idempotency_keys k on k.submitter = ${key.submitter} and k.key_hash = ${key.keyHash}
    left join prior_auth_requests r on r.id = k.request_id
    left join prior_auth_audit_events a on a.request_id = k.request_id and a.event = ${SUBMIT_HEAD}`;
}

function used(row: KeyRow, key: IdempotencyKey): Reservation {
  if (row.body_hash === null) return { kind: 'in_flight' };
  if (!row.body_hash.equals(key.bodyHash)) return { kind: 'other_body' };
  const { audit_seq: seq, audit_head: hash } = row;
  const head = seq === null || hash === null ? undefined : { seq, hash };
  return { kind: 'replay', request: { ...row, id: Number(row.id) }, head };
}

/**
 * One statement, so one round trip and one transaction, for a request and its audit trail. Its text is always the same,
 * and the rows are one parameter: the driver would put a list of rows together anew each time, for a fifth of what a
 * submit costs.
 */
function insert(sql: postgres.Sql, request: NewRequest, audit: readonly AuditRow[], idempotent: boolean) {
  const { id, member_id, provider_npi, diagnosis_code, requested_service, status, submitter, ...ofSubmit } = request;
  const { event_id, npi_check_failed, created_at, digest_salt, ...unwritten } = ofSubmit;
  // A member that is not written fails here, when types are checked.
  unwritten satisfies Record<string, never>;
  return sql`
    with request as (
      insert into prior_auth_requests (id, member_id, provider_npi, diagnosis_code, requested_service, status, submitter,
        event_id, idempotent, npi_check_failed, created_at, digest_salt)
      values (${id}, ${member_id}, ${provider_npi}, ${diagnosis_code}, ${requested_service}, ${status}, ${submitter},
        ${event_id}, ${idempotent}, ${npi_check_failed}, ${created_at}, decode(${digest_salt}, 'hex'))
    )
    insert into prior_auth_audit_events (request_id, seq, event, actor, details, trace_id, span_id, at, hash, digest)
    select request_id, seq, event, actor, details, trace_id, span_id, at, hash, digest
    from jsonb_populate_recordset(null::prior_auth_audit_events, ${sql.json(audit as unknown as postgres.JSONValue)})`;
}

function insertKey(sql: postgres.Sql, key: IdempotencyKey, request: NewRequest) {
  return sql`
    insert into prior_auth_idempotency_keys (submitter, key_hash, body_hash, request_id, created_at)
    values (${key.submitter}, ${key.keyHash}, ${key.bodyHash}, ${request.id}, ${request.created_at})`;
}

async function read(sql: postgres.Sql, id: number): Promise<RequestWithAudit | undefined> {
  const rows = await sql<(Omit<StoredRequest, 'id'> & { readonly audit: (Omit<AuditRow, 'at'> & { at: string })[] })[]>`
    select r.member_id, r.provider_npi, r.diagnosis_code, r.requested_service, r.status, r.submitter, r.created_at,
      (select coalesce(jsonb_agg(to_jsonb(a) order by a.seq), '[]') from prior_auth_audit_events a where a.request_id = r.id) as audit
    from prior_auth_requests r where r.id = ${id}`;
  const [row] = rows;
  if (row === undefined) return undefined;
  const { audit, ...request } = row;
  return { request: { ...request, id }, audit: audit.map((event) => ({ ...event, at: new Date(event.at) })) };
}
