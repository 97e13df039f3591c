import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { describe, it } from 'vitest';
import { readMigrations } from '../../../infra/database/migrate.ts';
import { freshDatabase } from '../../database.ts';
import { insertRequest } from '../../fixtures/committed-request.ts';
import { connectAs } from '../../fixtures/connection.ts';

const database = await freshDatabase();
await insertRequest(database.sql);

const SUBMIT = `insert into prior_auth_requests (id, member_id, provider_npi, diagnosis_code, requested_service, submitter,
  event_id, created_at) values (nextval('prior_auth_request_id_seq'), 'M', '1234567890', 'Z00.00', 'S', 'local',
  gen_random_uuid(), now())`;
const AUDIT = `insert into prior_auth_audit_events (request_id, seq, event, actor, details, trace_id, span_id, at, hash)
  values (1, 9, 'e', 'a', '{}', 't', 's', now(), 'h')`;
const KEY = `insert into prior_auth_idempotency_keys values ('local', '\\x01', '\\x02', 1, now())`;
const SERIES = `insert into prior_auth_metric_series (metric, labels, value) values ('m', '{}', 1)
  on conflict (metric, labels) do update set value = 2`;
const SEEN = `insert into prior_auth_seen_events values ((now() at time zone 'UTC')::date, gen_random_uuid())`;
const CHANGES = [
  'update prior_auth_requests set member_id = member_id',
  'delete from prior_auth_requests',
  'update prior_auth_audit_events set event = event',
  'delete from prior_auth_audit_events',
  'truncate prior_auth_audit_events',
  'delete from prior_auth_idempotency_keys',
  'delete from prior_auth_metric_series',
  'delete from prior_auth_seen_events',
  'truncate prior_auth_metric_series',
  'update prior_auth_checkpoints set hash = hash',
  'delete from prior_auth_checkpoints',
  'insert into prior_auth_tombstones select * from prior_auth_tombstones',
  'delete from prior_auth_tombstones',
  'insert into prior_auth_purged_heads values (1, 1, 1, 1)',
  'delete from prior_auth_purged_heads',
  'create table mine (id int)',
  'drop view prior_auth_unchecked_requests',
  'alter table prior_auth_audit_events disable trigger all',
  'select * from schema_migrations',
];

const READS = {
  requests: 'select * from prior_auth_requests',
  audit: 'select * from prior_auth_audit_events',
  keys: 'select * from prior_auth_idempotency_keys',
  series: 'select * from prior_auth_metric_series',
  seen: 'select * from prior_auth_seen_events',
  quarantine: 'select * from prior_auth_quarantine',
  unchecked: 'select * from prior_auth_unchecked_requests',
  gauge: 'select count(*) from (select created_at, counted from prior_auth_unchecked_requests) r where not counted',
  ids: 'select id, event_id, created_at from prior_auth_requests',
  times: 'select id, created_at from prior_auth_requests',
  statuses: 'select id, status from prior_auth_requests',
  heads: `select request_id, seq, event, hash from prior_auth_audit_events`,
  evidence: 'select * from prior_auth_evidence(0, 10)',
  digest: 'select prior_auth_digest_of(1)',
  checkpoints: 'select * from prior_auth_checkpoints',
  tombstones: 'select * from prior_auth_tombstones, prior_auth_purged_heads',
  given: 'select last_value from prior_auth_request_id_seq',
  state: 'select * from prior_auth_reconcile_state',
};
const WRITES = {
  submit: SUBMIT,
  auditRow: AUDIT,
  key: KEY,
  seriesRow: SERIES,
  seenId: SEEN,
  watermark: 'update prior_auth_reconcile_state set checked_until = checked_until',
  close: 'select prior_auth_close_range()',
  written: 'update prior_auth_checkpoints set written_at = now() where written_at is null',
  purge: `select * from prior_auth_purge(null, 1, 'nobody', 'none')`,
  maintain: 'select prior_auth_maintain_seen_events()',
  partition: `select prior_auth_create_seen_partition((now() at time zone 'UTC')::date)`,
};
const STATEMENTS = { ...READS, ...WRITES };

const MAY: Record<string, readonly (keyof typeof STATEMENTS)[]> = {
  prior_auth_submit: ['requests', 'keys', 'ids', 'times', 'statuses', 'heads', 'submit', 'auditRow', 'key'],
  prior_auth_status: ['requests', 'audit', 'ids', 'times', 'statuses', 'heads'],
  prior_auth_bridge: ['series', 'seen', 'quarantine', 'seriesRow', 'seenId', 'partition'],
  prior_auth_reconcile: [
    'series',
    'seen',
    'quarantine',
    'unchecked',
    'gauge',
    'state',
    'seriesRow',
    'seenId',
    'watermark',
    'checkpoints',
    'close',
    'written',
    'maintain',
    'partition',
  ],
  prior_auth_metrics: ['series', 'gauge'],
  prior_auth_verify: ['audit', 'ids', 'times', 'statuses', 'heads', 'evidence', 'checkpoints', 'tombstones', 'given'],
  prior_auth_purge: ['times', 'checkpoints', 'tombstones', 'state', 'purge'],
  prior_auth_health: [],
};

async function codeOf(sql: postgres.Sql, statement: string): Promise<string | undefined> {
  const rollBack = new Error('roll back');
  try {
    await sql.begin(async (transaction) => {
      await transaction.unsafe(statement);
      throw rollBack;
    });
  } catch (error) {
    if (error === rollBack) return undefined;
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
  return assert.fail('unreachable');
}

describe('each role may do its own work and nothing else', () => {
  for (const [role, may] of Object.entries(MAY)) {
    it(role, async () => {
      const { sql } = connectAs(role, database.url);
      for (const [name, statement] of Object.entries(STATEMENTS)) {
        const expected = may.some((allowed) => allowed === name) ? undefined : '42501';
        assert.equal(await codeOf(sql, statement), expected, `${role}: ${statement}`);
      }
      for (const statement of CHANGES) assert.equal(await codeOf(sql, statement), '42501', `${role}: ${statement}`);
      assert.equal(await codeOf(sql, 'select 1'), undefined);
    });
  }
});

it('a migrator without the right to create roles goes on without them', async () => {
  const migration =
    readMigrations().find(({ name }) => name.endsWith('_roles.sql'))?.sql ?? assert.fail('no such file');
  const renamed = migration.replaceAll(/'prior_auth_(\w+)', /g, "'absent_$1', ");
  const owner = `owner_${randomUUID().slice(0, 8)}`;
  await database.sql.unsafe(`create role ${owner}`);
  const notices: string[] = [];
  const sql = postgres(database.url, {
    max: 1,
    connection: { role: owner },
    onnotice: ({ message }) => notices.push(message ?? ''),
  });
  await sql.unsafe(renamed).finally(() => sql.end());
  assert.equal((await database.sql`select from pg_roles where rolname like 'absent_%'`).count, 0);
  assert.ok(
    notices.some((notice) => notice.includes('absent_submit is missing')),
    notices.join(),
  );
  await database.sql.unsafe(`drop role ${owner}`);
});
