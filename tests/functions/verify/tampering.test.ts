/**
 * Every way to change what was written that we know of, by somebody who may change all of one side: each is a finding.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { beforeAll, describe, it } from 'vitest';
import { chain, type AuditEvent } from '../../../functions/prior-auth/audit.ts';
import type { FindingKind } from '../../../functions/verify/finding.ts';
import {
  asSuperuser,
  createCopies,
  createWorld,
  MINUTE_MS,
  storeRequest,
  verifyWorld,
  type Logs,
  type World,
} from '../../fixtures/evidence.ts';
import { connectAs } from '../../fixtures/connection.ts';

const world: World = await createWorld();
const inCopy = createCopies(world);

beforeAll(async () => {
  const { findings } = await verifyWorld(world);
  assert.deepEqual(findings, [], 'what was not touched has no findings');
});

interface Copy extends World {
  readonly sql: postgres.Sql;
}

/**
 * @param kinds which findings there must be; others may be beside them, since one change often shows in several places
 */
async function assertFound(
  tamper: (copy: Copy) => unknown,
  kinds: readonly FindingKind[],
  text: RegExp = /./,
): Promise<void> {
  await inCopy(async (copy) => {
    await tamper(copy);
    const { findings } = await verifyWorld(copy);
    const found = findings.map((finding) => `${finding.kind}: ${finding.text}`).join('\n');
    for (const kind of kinds)
      assert.ok(
        findings.some((finding) => finding.kind === kind),
        `${kind} is not among:\n${found}`,
      );
    assert.match(found, text);
  });
}

/** By type: another value that the column takes. */
const CHANGES: Record<string, (column: string) => string> = {
  bigint: (column) => `${column} + 1000`,
  smallint: (column) => `${column} + 5`,
  boolean: (column) => `not ${column}`,
  text: (column) => `case reverse(${column}) when ${column} then ${column} || 'x' else reverse(${column}) end`,
  bytea: (column) => `sha256(${column})`,
  uuid: () => 'gen_random_uuid()',
  jsonb: () => `'{"status": "approved"}'`,
  'timestamp with time zone': (column) => `${column} + interval '1 second'`,
};

/** One row of each table, and the columns that attest nothing, with the reason. */
const TABLES: Record<string, { readonly row: string; readonly free: Readonly<Record<string, string>> }> = {
  prior_auth_requests: { row: 'id = 2', free: {} },
  prior_auth_audit_events: { row: 'request_id = 2 and seq = 1', free: {} },
  prior_auth_idempotency_keys: { row: 'request_id = 2', free: {} },
  prior_auth_checkpoints: {
    row: 'seq = 1',
    free: { written_at: 'reconcile’s own note of what it need not write again' },
  },
  prior_auth_tombstones: { row: 'seq = 1', free: { transaction: 'lets the trigger know its own transaction' } },
  prior_auth_purged_heads: { row: 'request_id = 3', free: {} },
};

const columns = await (async () => {
  const database = connectAs(undefined, world.url);
  const rows = await database.sql<{ table: string; column: string; type: string }[]>`
    select table_name as table, column_name as column, data_type as type from information_schema.columns
    where table_name = any (string_to_array(${Object.keys(TABLES).join()}, ',')) order by 1, ordinal_position`;
  await database.sql.end();
  return [...rows];
})();

describe('a superuser’s change of a value is found', () => {
  for (const { table, column, type } of columns.filter((one) => TABLES[one.table]?.free[one.column] === undefined)) {
    it(`${table}.${column}`, () => {
      const change = CHANGES[type] ?? assert.fail(`no change is known for ${type}`);
      return assertFound(async ({ sql }) => {
        const statement = `alter table ${table} drop constraint if exists ${table}_check; update ${table} set ${column} = ${change(column)} where ${TABLES[table]?.row}`;
        await asSuperuser(sql, statement);
      }, []);
    });
  }

  it('in all tables that there are', async () => {
    const database = connectAs(undefined, world.url);
    const rows = await database.sql<{ name: string }[]>`
      select relname as name from pg_class where relkind = 'r' and relname like 'prior\\_auth\\_%' and relnamespace = 'public'::regnamespace
        and relname !~ '^prior_auth_(seen_events|metric_series|quarantine|reconcile_state)' order by 1`;
    await database.sql.end();
    assert.deepEqual(
      rows.map(({ name }) => name),
      Object.keys(TABLES).sort(),
    );
  });

  it('of the first seq of the trail, too, and of every other column of a later row', () =>
    assertFound(
      ({ sql }) =>
        asSuperuser(sql, `update prior_auth_audit_events set actor = 'other' where request_id = 5 and seq = 2`),
      ['trail'],
      /row 2 \(npi_validated\)/,
    ));
});

const invented =
  (id: string, createdAt: Date) =>
  async ({ url, sql }: Copy) => {
    await sql.unsafe(`select setval('prior_auth_request_id_seq', ${id}, false)`);
    const database = connectAs(undefined, url);
    await storeRequest(database, { createdAt });
    await database.sql.end();
    await sql.unsafe(`select setval('prior_auth_request_id_seq', 20)`);
  };
const old = new Date(Date.now() - 30 * MINUTE_MS);
const remove = (id: number) =>
  [
    'prior_auth_idempotency_keys where request_id',
    'prior_auth_audit_events where request_id',
    'prior_auth_requests where id',
  ]
    .map((where) => `delete from ${where} = ${id}`)
    .join(';');

const ROWS: [string, (copy: Copy) => unknown, readonly FindingKind[], RegExp][] = [
  [
    'a deleted audit row',
    superuser('delete from prior_auth_audit_events where request_id = 5 and seq = 2'),
    ['trail'],
    /PA-00005: row 2 is gone/,
  ],
  [
    'a deleted first row',
    superuser('delete from prior_auth_audit_events where request_id = 5 and seq = 1'),
    ['trail'],
    /row 1 is gone/,
  ],
  [
    'a deleted row with the numbers closed up',
    superuser(`delete from prior_auth_audit_events where request_id = 5 and seq = 2;
      update prior_auth_audit_events set seq = 2 where request_id = 5 and seq = 3`),
    ['trail'],
    /row 2 \(request_submitted\)/,
  ],
  [
    'two rows in each other’s place',
    superuser(`update prior_auth_audit_events set seq = 9 where request_id = 5 and seq = 2;
      update prior_auth_audit_events set seq = 2 where request_id = 5 and seq = 3;
      update prior_auth_audit_events set seq = 3 where request_id = 5 and seq = 9`),
    ['trail'],
    /row 2 \(request_submitted\)/,
  ],
  [
    'a cut-off end',
    superuser('delete from prior_auth_audit_events where request_id = 5 and seq = 3'),
    ['trail', 'checkpoint'],
    /cut off after row 2/,
  ],
  [
    'a trail that is gone',
    superuser('delete from prior_auth_audit_events where request_id = 5'),
    ['trail'],
    /all audit rows are gone/,
  ],
  [
    'a trail that was written anew',
    ({ sql }) => forge(sql, 5),
    ['witness', 'checkpoint'],
    /not the one that the log saw/,
  ],
  [
    'a row put at the end, rightly chained',
    async ({ sql }) => {
      const rows = await rowsOf(sql, 5);
      const more = chain(5, [...rows, { ...rows[2]!, event: 'decided' }], rows[0]?.digest).at(-1)!;
      await sql`insert into prior_auth_audit_events ${sql({ ...more, details: sql.json(more.details) })}`;
    },
    ['trail'],
    /row 4 \(decided\) is none that this version writes/,
  ],
  [
    'a request that is gone, its trail left',
    superuser('delete from prior_auth_requests where id = 5'),
    ['vanished'],
    /rows of its trail or a key are left/,
  ],
  [
    'a request that is gone with its trail',
    superuser(remove(5)),
    ['vanished', 'checkpoint'],
    /PA-00005: the log saw this request/,
  ],
  [
    'a request that is gone with its trail, its key and its line',
    async ({ sql, logs }) => {
      await asSuperuser(sql, remove(8));
      edit(logs.spool, (line) => (line.includes('"PA-00008"') ? '' : line));
    },
    ['checkpoint'],
    /Checkpoint 2 \(PA-00006 to PA-00009\): 3 heads were there, and now there are 2/,
  ],
  [
    'a request that is gone with its trail, its key, its line and its checkpoint’s line',
    async ({ sql, logs }) => {
      await asSuperuser(sql, remove(8));
      edit(logs.spool, (line) => (line.includes('"PA-00008"') ? '' : line));
      edit(logs.evidence, (line) => (line.includes('"seq":2') && line.includes('checkpoint') ? '' : line));
      await sql`select set_config('session_replication_role', 'replica', false)`;
      await sql`update prior_auth_checkpoints set written_at = now() - interval '1 hour'`;
    },
    ['checkpoint'],
    /Checkpoint 2 was written to the log, and is gone from it/,
  ],
  [
    'a key that is gone',
    superuser('delete from prior_auth_idempotency_keys where request_id = 2'),
    ['digest', 'key'],
    /PA-00002/,
  ],
  [
    'a key that is another request’s',
    superuser('update prior_auth_idempotency_keys set request_id = 1 where request_id = 2'),
    ['digest', 'key'],
    /PA-00001/,
  ],
  [
    'two keys that changed places',
    superuser(`update prior_auth_idempotency_keys set request_id = 10 - request_id`),
    ['digest'],
    /PA-00008/,
  ],
  [
    'a key put beside a request',
    superuser(`insert into prior_auth_idempotency_keys values ('local', '\\x01', '\\x02', 1, now())`),
    ['digest', 'key'],
    /PA-00001/,
  ],
  [
    'a key of no request',
    superuser(`insert into prior_auth_idempotency_keys values ('local', '\\x01', '\\x02', 6, now())`),
    ['vanished'],
    /PA-00006/,
  ],
  [
    'two requests with each other’s members',
    superuser(`update prior_auth_requests set member_id = 'other' where id = 1; update prior_auth_requests set digest_salt =
      (select digest_salt from prior_auth_requests where id = 2) where id = 1`),
    ['digest'],
    /PA-00001/,
  ],
  [
    'a digest that was taken away',
    superuser('update prior_auth_audit_events set digest = null where request_id = 5'),
    ['trail', 'digest'],
    /PA-00005/,
  ],
  [
    'a salt that was taken away',
    superuser('update prior_auth_requests set digest_salt = null where id = 5'),
    ['digest'],
    /PA-00005/,
  ],
  [
    'a status that no event made',
    superuser(`update prior_auth_requests set status = 'approved' where id = 5`),
    ['status'],
    /PA-00005/,
  ],
  [
    'event ids that changed places',
    superuser(`update prior_auth_requests set event_id = gen_random_uuid() where id = 5`),
    ['event_id', 'digest'],
    /not that of its line/,
  ],
  [
    'a request invented in a gap, rightly chained',
    invented('6', old),
    ['unwitnessed', 'checkpoint'],
    /PA-00006: no line of the log witnesses its trail/,
  ],
  ['a request invented at the end, rightly chained', invented('12', old), ['unwitnessed'], /PA-00012: no line/],
  [
    'a request of a number that was never given out',
    async (copy) => {
      await invented('99', old)(copy);
    },
    ['sequence', 'unwitnessed'],
    /PA-00099: the numbers given out end at 20/,
  ],
  [
    'a purged request that is back',
    ({ sql }) =>
      asSuperuser(
        sql,
        `insert into prior_auth_requests
    select 3, member_id, provider_npi, diagnosis_code, requested_service, status, submitter, gen_random_uuid(), idempotent, npi_check_failed, created_at
    from prior_auth_requests where id = 1`,
      ),
    ['tombstone'],
    /PA-00003: was purged, and part of it is there/,
  ],
  [
    'a checkpoint that is gone from the database',
    superuser('delete from prior_auth_checkpoints where seq = 1'),
    ['checkpoint'],
    /Checkpoint 1 is gone from the database/,
  ],
  [
    'the last checkpoint gone from the database',
    superuser('delete from prior_auth_checkpoints where seq = 2'),
    ['checkpoint'],
    /Checkpoint 2 is in the log, and gone/,
  ],
  [
    'all checkpoints gone from the database',
    superuser('delete from prior_auth_checkpoints'),
    ['checkpoint'],
    /gone from the database/,
  ],
  [
    'a tombstone that is gone',
    superuser('delete from prior_auth_tombstones where seq = 1'),
    ['tombstone'],
    /Tombstone 1 is gone from the database/,
  ],
  [
    'the last tombstone gone',
    superuser('delete from prior_auth_tombstones where seq = 2'),
    ['tombstone'],
    /PA-00009: it is said to be purged/,
  ],
  [
    'all traces of a purge gone',
    superuser('delete from prior_auth_purged_heads; delete from prior_auth_tombstones'),
    ['tombstone', 'vanished'],
    /is in the log alone/,
  ],
  [
    'a head of a purge that is gone',
    superuser('delete from prior_auth_purged_heads where request_id = 3'),
    ['tombstone', 'checkpoint'],
    /PA-00003/,
  ],
  [
    'a request removed under a tombstone of the database alone',
    async ({ sql }) => {
      await sql`select * from prior_auth_purge(null, 5, 'nobody', 'none')`;
      await sql`select set_config('session_replication_role', 'replica', false)`;
      await sql`update prior_auth_tombstones set at = now() - interval '1 hour' where seq = 3`;
    },
    ['tombstone'],
    /Tombstone 3 (is in the database alone|was edited)/,
  ],
  [
    'a request removed under somebody else’s tombstone',
    superuser(
      `insert into prior_auth_purged_heads select request_id, seq, hash, 1 from prior_auth_heads where request_id = 5; ${remove(5)}`,
    ),
    ['tombstone'],
    /Tombstone 1 \(3\): the heads that it left/,
  ],
];

describe('a superuser’s change of rows is found', () => {
  for (const [what, tamper, kinds, text] of ROWS) it(what, () => assertFound(tamper, kinds, text));
});

const LINES: [string, (logs: Logs) => unknown, readonly FindingKind[], RegExp][] = [
  [
    'an emptied log',
    ({ spool }) => spool.splice(0),
    ['unwitnessed', 'log'],
    /PA-00001 to PA-00002 \(2 requests\): no line/,
  ],
  ['both logs emptied', (logs) => [logs.spool.splice(0), logs.evidence.splice(0)], ['unwitnessed', 'log'], /./],
  ['a line that is gone', ({ spool }) => spool.splice(0, 1), ['unwitnessed'], /PA-00001: no line of the log/],
  [
    'a line whose head is not hex',
    on(0, (line) => line.replace(/"audit_head":"../, '"audit_head":"zz')),
    ['log', 'unwitnessed'],
    /spool:1: a line holds a audit_head that is none/,
  ],
  [
    'a line with another head',
    on(0, (line) => line.replace(/"audit_head":"[0-9a-f]{64}/, `"audit_head":"${'a'.repeat(64)}`)),
    ['witness'],
    /PA-00001: row 3 is not the one/,
  ],
  [
    'a line whose head is of another row',
    on(0, (line) => line.replace('"audit_seq":3', '"audit_seq":2')),
    ['witness'],
    /PA-00001: row 2/,
  ],
  [
    'a line of another request',
    on(0, (line) => line.replace('PA-00001', 'PA-00006')),
    ['unwitnessed', 'vanished'],
    /PA-00006: the log saw this request/,
  ],
  [
    'a line whose request is none',
    on(0, (line) => line.replace('PA-00001', 'PA-1')),
    ['log'],
    /holds a request_id that is none/,
  ],
  [
    'a line of another event',
    on(0, (line) => line.replace(/"event_id":"[^"]*/, `"event_id":"${randomUUID()}`)),
    ['event_id'],
    /PA-00001/,
  ],
  [
    'a line of another trace',
    on(0, (line) => line.replace(/"trace_id":"[^"]*/, `"trace_id":"${'c'.repeat(32)}`)),
    ['witness'],
    /of another trace/,
  ],
  ['a line without its head', on(0, (line) => line.replace(/,"audit_head":"[^"]*"/, '')), ['unwitnessed'], /PA-00001/],
  [
    'a garbled line',
    on(0, (line) => `${line.slice(0, 200)}\n`),
    ['log', 'unwitnessed'],
    /spool:1: a line cannot be read/,
  ],
  ['a line without its first half', on(0, (line) => line.slice(200)), ['log', 'unwitnessed'], /cannot be read/],
  [
    'the same line twice',
    ({ spool }) => spool.push(spool[0]!),
    ['log'],
    /spool:10: the line of spool:1 is there once more/,
  ],
  [
    'a second head for the same row',
    ({ spool }) =>
      spool.push(
        spool[0]!
          .replace(/"audit_head":"[0-9a-f]{64}/, `"audit_head":"${'a'.repeat(64)}`)
          .replace(/"event_id":"[^"]*/, `"event_id":"${randomUUID()}`),
      ),
    ['witness'],
    /PA-00001: the log has two heads for its row 3: spool:1 and spool:10/,
  ],
  [
    'what reconcile witnessed, gone',
    ({ evidence }) => edit(evidence, (line) => (line.includes('reconciled') ? '' : line)),
    ['unwitnessed'],
    /PA-00004/,
  ],
  [
    'a line of what was purged, with another head',
    on(2, (line) => line.replace(/"audit_head":"[0-9a-f]{64}/, `"audit_head":"${'a'.repeat(64)}`)),
    ['witness'],
    /PA-00003/,
  ],
  [
    'a garbled checkpoint',
    inEvidence('Checkpoint', 0, (line) => `${line.slice(0, 150)}\n`),
    ['log'],
    /evidence:2: a line cannot be read/,
  ],
  [
    'a tombstone that is gone',
    inEvidence('Tombstone', 0, () => ''),
    ['tombstone'],
    /Tombstone 1 is in the database alone/,
  ],
  [
    'a garbled tombstone',
    inEvidence('Tombstone', 1, (line) => `${line.slice(0, 150)}\n`),
    ['log', 'tombstone'],
    /cannot be read/,
  ],
  [
    'checkpoints in each other’s place',
    ({ evidence }) => {
      const [first, second] = ['"seq":1', '"seq":2'].map((seq) =>
        evidence.findIndex((line) => line.includes('Checkpoint') && line.includes(seq)),
      );
      [evidence[first!], evidence[second!]] = [evidence[second!]!, evidence[first!]!];
    },
    ['checkpoint'],
    /Checkpoint 1 stands behind checkpoint 2/,
  ],
];

describe('a change of the logs is found', () => {
  for (const [what, tamper, kinds, text] of LINES)
    it(what, () =>
      assertFound(
        agedEvidence(({ logs }) => tamper(logs)),
        kinds,
        text,
      ),
    );

  for (const kind of ['Checkpoint', 'Tombstone'] as const) {
    const line = world.logs.evidence.find((text) => text.includes(kind)) ?? assert.fail('there is none');
    const members = Object.keys(memberOf(line, kind));
    for (const member of members)
      it(`${kind}: ${member} edited`, () =>
        assertFound(
          agedEvidence((copy) => inEvidence(kind, 0, (text) => withEdited(text, kind, member))(copy.logs)),
          [kind === 'Checkpoint' ? 'checkpoint' : 'tombstone'],
        ));
  }

  for (const index of [0, 1])
    it(`checkpoint ${index + 1} gone`, () =>
      assertFound(
        agedEvidence((copy) => inEvidence('Checkpoint', index, () => '')(copy.logs)),
        ['checkpoint'],
        /is gone from it/,
      ));

  it('a checkpoint twice, and not the same', () =>
    assertFound(
      ({ logs }) =>
        logs.evidence.push(
          withEdited(
            logs.evidence.find((line) => line.includes('Checkpoint'))!,
            'Checkpoint',
            'heads',
          ),
        ),
      ['checkpoint'],
      /edited in the log/,
    ));
});

/**
 * As though checkpoints and tombstones had been written an hour ago: what was written this minute may be on its way.
 */
function agedEvidence(tamper: (copy: Copy) => unknown): (copy: Copy) => Promise<void> {
  return async (copy) => {
    await asSuperuser(copy.sql, `update prior_auth_checkpoints set written_at = written_at - interval '1 hour'`);
    await tamper(copy);
  };
}

function superuser(statement: string): (copy: Copy) => Promise<void> {
  return ({ sql }) => asSuperuser(sql, statement);
}

function edit(lines: string[], change: (line: string) => string): void {
  lines.splice(0, lines.length, ...lines.map(change).filter((line) => line !== ''));
}

function on(index: number, change: (line: string) => string): (logs: Logs) => void {
  return ({ spool }) => void (spool[index] = change(spool[index]!));
}

function inEvidence(kind: string, index: number, change: (line: string) => string): (logs: Logs) => void {
  return ({ evidence }) => {
    const of = evidence.filter((line) => line.includes(`"${kind}"`))[index];
    edit(evidence, (line) => (line === of ? change(line) : line));
  };
}

function memberOf(line: string, kind: string): Record<string, unknown> {
  return (JSON.parse(line) as Record<string, Record<string, unknown>>)[kind.toLowerCase()]!;
}

function withEdited(line: string, kind: string, member: string): string {
  const document = JSON.parse(line) as Record<string, Record<string, unknown>>;
  const members = document[kind.toLowerCase()]!;
  const edited = member === 'ids' ? '3-4' : editedValue(members[member]);
  return `${JSON.stringify({ ...document, [kind.toLowerCase()]: { ...members, [member]: edited } })}\n`;
}

function editedValue(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value !== 'string') return { ...(value as object), more: 1 };
  return /^[0-9a-f]{64}$/.test(value) ? 'a'.repeat(64) : `${value}x`;
}

interface Row extends AuditEvent {
  readonly digest: string;
}

async function rowsOf(sql: postgres.Sql, id: number): Promise<Row[]> {
  return [...(await sql<Row[]>`select * from prior_auth_audit_events where request_id = ${id} order by seq`)];
}

/** Another actor in every row, the chain made anew. */
async function forge(sql: postgres.Sql, id: number): Promise<void> {
  const rows = await rowsOf(sql, id);
  for (const row of chain(
    id,
    rows.map((one) => ({ ...one, actor: 'forger' })),
    rows[0]?.digest,
  ))
    await asSuperuser(
      sql,
      `update prior_auth_audit_events set actor = 'forger', hash = '${row.hash}' where request_id = ${id} and seq = ${row.seq}`,
    );
}
