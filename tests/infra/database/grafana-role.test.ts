import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, describe, it } from 'vitest';
import * as z from 'zod/mini';
import { chain } from '../../../functions/prior-auth/audit.ts';
import { createPriorAuthStore } from '../../../functions/prior-auth/store.ts';
import { readMigrations } from '../../../infra/database/migrate.ts';
import { DASHBOARDS } from '../../../local/monitoring/grafana/all-dashboards.ts';
import { DATA_SOURCES } from '../../../local/monitoring/grafana/provisioning.ts';
import { POSTGRES } from '../../../local/monitoring/grafana/uids.ts';
import { freshDatabase } from '../../database.ts';
import { connectAs } from '../../fixtures/connection.ts';

const ROLE = 'prior_auth_grafana';
const MIGRATION = '0004_grafana.sql';

const database = await freshDatabase();
const grafana = await logIn();

/** As Grafana does it, with the role's own password and settings. */
async function logIn(): Promise<postgres.Sql> {
  const password = randomUUID();
  await database.sql.unsafe(`alter role ${ROLE} password '${password}'`);
  const url = new URL(database.url);
  url.username = ROLE;
  url.password = password;
  const sql = postgres(url.href, { max: 1 });
  afterAll(() => sql.end({ timeout: 1 }));
  return sql;
}

/** A request as a submit stores it. */
async function storeRequest(traceId: string): Promise<number> {
  const store = createPriorAuthStore(connectAs('prior_auth_submit', database.url));
  const reserved = await store.reserve();
  if (reserved.kind !== 'reserved') return assert.fail(reserved.kind);
  const at = new Date();
  const event = { actor: 'local', details: {}, trace_id: traceId, span_id: 'b'.repeat(16) };
  const audit = ['request_received', 'npi_validated', 'request_submitted'].map((name, index) => ({
    ...event,
    event: name,
    at: new Date(at.getTime() + index * 1500),
  }));
  await reserved.commit(
    {
      id: reserved.id,
      member_id: 'M12345',
      provider_npi: '1234567890',
      diagnosis_code: 'Z00.00',
      requested_service: 'ROUTINE_CHECKUP',
      status: 'pending',
      submitter: 'local',
      created_at: at,
      event_id: randomUUID(),
      npi_check_failed: true,
      digest_salt: '5a'.repeat(16),
    },
    chain(reserved.id, audit),
  );
  return reserved.id;
}

/** SQL of a dashboard as Grafana sends it. */
function interpolate(sql: string, values: Readonly<Record<string, string>>): string {
  const hour = [-1, 1].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString());
  return sql
    .replaceAll(/\$\{(\w+):sqlstring\}/g, (_, name: string) => `'${(values[name] ?? '').replaceAll("'", "''")}'`)
    .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
    .replaceAll(/\$__timeFilter\((\w+)\)/g, `$1 BETWEEN '${hour[0]}' AND '${hour[1]}'`);
}

const Dashboard = z.object({
  panels: z.array(
    z.object({ title: z.string(), targets: z._default(z.array(z.object({ rawSql: z.optional(z.string()) })), []) }),
  ),
  templating: z.object({
    list: z.array(
      z.object({ name: z.string(), query: z.string(), datasource: z.optional(z.object({ uid: z.string() })) }),
    ),
  }),
});
const Sources = z.object({
  datasources: z.array(
    z.object({
      correlations: z._default(
        z.array(z.object({ config: z.object({ target: z.object({ rawSql: z.optional(z.string()) }) }) })),
        [],
      ),
    }),
  ),
});

/** Every statement that Grafana sends to PostgreSQL, by what it is for. */
function statements(): Map<string, string> {
  const found = new Map<string, string>();
  for (const dashboard of Object.values(DASHBOARDS)) {
    const { panels, templating } = Dashboard.parse(dashboard);
    for (const { name, query, datasource } of templating.list)
      if (datasource?.uid === POSTGRES.uid) found.set(name, query);
    for (const { title, targets } of panels) for (const { rawSql } of targets) if (rawSql) found.set(title, rawSql);
  }
  for (const { correlations } of Sources.parse(DATA_SOURCES).datasources) {
    for (const { config } of correlations) if (config.target.rawSql) found.set('beside a span', config.target.rawSql);
  }
  return found;
}

const older = 'a'.repeat(32);
const newer = 'f'.repeat(32);
const id = await storeRequest(older);
await storeRequest(newer);
const all = statements();

function ask(name: string, values: Readonly<Record<string, string>>) {
  return grafana.unsafe(interpolate(all.get(name) ?? assert.fail(name), values));
}

describe('every statement of the dashboards, as Grafana’s own role', () => {
  const shown = { request_id: '', trace_id: older, trace: older, traceID: older };

  it('is one of these', () => {
    assert.deepEqual([...all.keys()].sort(), ['Audit trail', 'Requests', 'beside a span', 'trace']);
  });

  for (const [name, sql] of all) {
    it(`returns rows: ${name}`, async () => {
      assert.ok((await grafana.unsafe(interpolate(sql, shown))).length > 0);
    });
  }

  it('gives the audit trail of a trace in its order, with the time since its first row', async () => {
    for (const name of ['Audit trail', 'beside a span']) {
      const rows = await ask(name, { trace: older, traceID: older });
      assert.deepEqual(
        rows.map(({ request_id, seq, event, since_first }) => [request_id, seq, event, since_first] as unknown),
        [
          ['PA-00001', 1, 'request_received', 0],
          ['PA-00001', 2, 'npi_validated', 1.5],
          ['PA-00001', 3, 'request_submitted', 3],
        ],
      );
    }
  });

  it('lists requests newest first, with a request id that outgrows its five digits', async () => {
    await database.sql`select setval('prior_auth_request_id_seq', 123456)`;
    await storeRequest('e'.repeat(32));
    const rows = await ask('Requests', {});
    assert.deepEqual(
      rows.map(({ request_id, submitter, trace_id }) => [request_id, submitter, trace_id] as unknown),
      [
        ['PA-123457', 'local', 'e'.repeat(32)],
        ['PA-00002', 'local', newer],
        ['PA-00001', 'local', older],
      ],
    );
  });
});

describe('the trace to show', () => {
  const shownFor = async (request_id: string, trace_id: string) =>
    (await ask('trace', { request_id, trace_id })).map((row) => row['trace_id'] as unknown);

  it('is that of the request', async () => {
    assert.deepEqual(await shownFor('PA-00001', ''), [older]);
    assert.deepEqual(await shownFor(`PA-0000${id}`, newer), [older]);
  });

  it('is the one given, whether or not there are audit rows of it', async () => {
    assert.deepEqual(await shownFor('', older), [older]);
    assert.deepEqual(await shownFor('', '0123456789abcdef0123456789abcdef'), ['0123456789abcdef0123456789abcdef']);
  });

  it('is that of the newest request when nothing is asked for', async () => {
    assert.deepEqual(await shownFor('', ''), ['e'.repeat(32)]);
  });

  it('is none for a request that is not there, or is no request id', async () => {
    assert.deepEqual(await shownFor('PA-99999', ''), []);
    assert.deepEqual(await shownFor("x' or true --", ''), []);
  });
});

async function codeOf(statement: string): Promise<string | undefined> {
  try {
    await grafana.unsafe(statement);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
  return undefined;
}

describe('Grafana’s role', () => {
  const DENIED = '42501';

  it('reads these columns, and of a request no other', async () => {
    const rows = await database.sql`
      select table_name, column_name, has_column_privilege(${ROLE}, table_name, column_name, 'select') as granted
      from information_schema.columns where table_schema = 'public' order by table_name, column_name`;
    const readable = rows.filter(({ granted }) => granted === true);
    assert.deepEqual(
      readable.map(({ table_name, column_name }) => `${String(table_name)}.${String(column_name)}`),
      [
        ...['actor', 'at', 'details', 'event', 'hash', 'request_id', 'seq', 'span_id', 'trace_id'].map(
          (column) => `prior_auth_audit_events.${column}`,
        ),
        ...['created_at', 'id', 'idempotent', 'npi_check_failed', 'status'].map(
          (column) => `prior_auth_requests.${column}`,
        ),
      ],
    );
  });

  it('is refused every column of a body, and the row as a whole', async () => {
    const columns = ['member_id', 'provider_npi', 'diagnosis_code', 'requested_service', 'submitter', 'event_id', '*'];
    for (const column of columns) {
      assert.equal(await codeOf(`select ${column} from prior_auth_requests`), DENIED, column);
    }
    assert.equal(await codeOf('select to_jsonb(r) from prior_auth_requests r'), DENIED);
    assert.equal(await codeOf(`select id from prior_auth_requests where member_id = 'M12345'`), DENIED);
    assert.equal(await codeOf('select id from prior_auth_requests order by diagnosis_code'), DENIED);
  });

  it('reads no other table, and writes none', async () => {
    const others = [
      'prior_auth_idempotency_keys',
      'prior_auth_metric_series',
      'prior_auth_seen_events',
      'prior_auth_quarantine',
      'prior_auth_reconcile_state',
      'prior_auth_unchecked_requests',
      'schema_migrations',
    ];
    for (const table of others) assert.equal(await codeOf(`select count(*) from ${table}`), DENIED, table);
    for (const table of ['prior_auth_requests', 'prior_auth_audit_events', ...others]) {
      assert.equal(await codeOf(`delete from ${table}`), DENIED, table);
    }
    const changes = [
      `update prior_auth_requests set status = 'approved'`,
      `update prior_auth_audit_events set event = ''`,
      `insert into prior_auth_audit_events (request_id, seq) values (1, 9)`,
      'truncate prior_auth_audit_events',
      'create table mine (id int)',
      `select nextval('prior_auth_request_id_seq')`,
      'select prior_auth_maintain_seen_events()',
      'set role prior_auth_submit',
    ];
    for (const change of changes) assert.equal(await codeOf(change), DENIED, change);
  });

  it('gives up after five seconds, and holds five connections at most', async () => {
    assert.deepEqual([...(await grafana`show statement_timeout`)], [{ statement_timeout: '5s' }]);
    const [role] = await database.sql`select rolcanlogin, rolsuper, rolconnlimit from pg_roles where rolname = ${ROLE}`;
    assert.deepEqual(role, { rolcanlogin: true, rolsuper: false, rolconnlimit: 5 });
  });

  it('finds the rows of a trace by an index', async () => {
    const sql = interpolate(all.get('Audit trail') ?? '', { trace: older });
    const plan = await database.sql.begin(async (transaction) => {
      await transaction`set local enable_seqscan = off`;
      return transaction.unsafe(`explain ${sql}`);
    });
    assert.match(plan.map((row) => String(row['QUERY PLAN'])).join('\n'), /prior_auth_audit_events_trace_id/);
  });
});

it('a migrator without the right to create roles goes on without Grafana’s', async () => {
  const migration = readMigrations().find(({ name }) => name === MIGRATION)?.sql ?? assert.fail(MIGRATION);
  const withoutIndex = migration.replaceAll(ROLE, 'absent_grafana').replace(/create index[^;]*;/, '');
  const owner = `owner_${randomUUID().slice(0, 8)}`;
  await database.sql.unsafe(`create role ${owner}`);
  const notices: string[] = [];
  const onnotice = ({ message }: postgres.Notice) => void notices.push(message ?? '');
  const sql = postgres(database.url, { max: 1, connection: { role: owner }, onnotice });
  await sql.unsafe(withoutIndex).finally(() => sql.end());
  assert.deepEqual(notices, ['role absent_grafana is missing: no right to create it']);
  await database.sql.unsafe(`drop role ${owner}`);
});
