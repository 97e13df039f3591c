import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { chain } from '../../../functions/prior-auth/audit.ts';
import { createPriorAuthStore } from '../../../functions/prior-auth/store.ts';
import { toRequestId } from '../../../functions/contract/request-id.ts';
import { readHeads } from '../../../functions/verify/heads.ts';
import { readTrails } from '../../../functions/verify/store.ts';
import { verify } from '../../../functions/verify/verify.ts';
import { freshDatabase, type TestDatabase } from '../../database.ts';
import { SUBMISSION } from '../../fixtures/http.ts';

let database: TestDatabase;
let heads: Map<string, string>;

before(async () => {
  database = await freshDatabase();
});

/** Three requests with their audit trail, and the heads that their log lines would carry. */
beforeEach(async () => {
  await asSuperuser(`truncate prior_auth_requests cascade`);
  heads = new Map();
  const store = createPriorAuthStore(database);
  for (let n = 0; n < 3; n++) {
    const reservation = await store.reserve();
    assert.ok(reservation.kind === 'reserved');
    const at = new Date();
    const event = { actor: 'local', details: { n }, trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16), at };
    const audit = chain(reservation.id, [
      { ...event, event: 'request_received' },
      { ...event, event: 'npi_validated' },
      { ...event, event: 'request_submitted' },
    ]);
    const request = { ...SUBMISSION, id: reservation.id, status: 'pending', submitter: 'local', created_at: at };
    await reservation.commit({ ...request, event_id: randomUUID(), npi_check_failed: false }, audit);
    heads.set(toRequestId(reservation.id), audit.at(-1)!.hash);
  }
});

/** What only a superuser can do: the trigger that keeps the table append-only is switched off for the session. */
async function asSuperuser(statement: string): Promise<void> {
  await database.sql.begin(async (sql) => {
    await sql.unsafe(`set local session_replication_role = replica; ${statement}`);
  });
}

const target = async () => Number((await database.sql`select min(id) + 1 as id from prior_auth_requests`)[0]?.['id']);
const run = () => verify(readTrails(database), heads);

describe('the audit trail', () => {
  test('as it was written has no findings', async () => {
    assert.deepEqual(await run(), { requests: 3, events: 9, unwitnessed: 0, findings: [] });
  });

  test('cannot be updated, deleted or truncated, even by its owner', async () => {
    const { sql } = database;
    await assert.rejects(sql`update prior_auth_audit_events set actor = 'other'`, /append-only/);
    await assert.rejects(sql`delete from prior_auth_audit_events`, /append-only/);
    await assert.rejects(sql`truncate prior_auth_audit_events`, /append-only/);
  });

  const tampering: [string, (id: number) => string, RegExp][] = [
    [
      'an edited row',
      (id) => `update prior_auth_audit_events set actor = 'other' where request_id = ${id} and seq = 2`,
      /row 2 \(npi_validated\)/,
    ],
    [
      'a deleted row',
      (id) => `delete from prior_auth_audit_events where request_id = ${id} and seq = 2`,
      /row 2 is gone/,
    ],
    [
      'a deleted first row',
      (id) => `delete from prior_auth_audit_events where request_id = ${id} and seq = 1`,
      /row 1 is gone/,
    ],
    [
      'a deleted row with the numbers closed up',
      (id) =>
        `delete from prior_auth_audit_events where request_id = ${id} and seq = 2;
         update prior_auth_audit_events set seq = 2 where request_id = ${id} and seq = 3`,
      /row 2 \(request_submitted\)/,
    ],
    [
      'two rows in each other’s place',
      (id) =>
        `update prior_auth_audit_events set seq = 9 where request_id = ${id} and seq = 2;
         update prior_auth_audit_events set seq = 2 where request_id = ${id} and seq = 3;
         update prior_auth_audit_events set seq = 3 where request_id = ${id} and seq = 9`,
      /row 2 \(request_submitted\)/,
    ],
    [
      'a cut-off end',
      (id) => `delete from prior_auth_audit_events where request_id = ${id} and seq = 3`,
      /cut off after row 2/,
    ],
    [
      'a trail that is gone',
      (id) => `delete from prior_auth_audit_events where request_id = ${id}`,
      /all audit rows are gone/,
    ],
    [
      'a request that is gone',
      (id) =>
        `delete from prior_auth_audit_events where request_id = ${id}; delete from prior_auth_requests where id = ${id}`,
      /the database has none of it/,
    ],
  ];
  for (const [what, statement, finding] of tampering) {
    test(`with ${what} is named`, async () => {
      const id = await target();
      await asSuperuser(statement(id));
      const { findings } = await run();
      assert.equal(findings.length, 1);
      assert.match(findings[0]!, finding);
      assert.ok(findings[0]!.startsWith(toRequestId(id)));
    });
  }

  test('that was written anew, chain and all, is found by the head in the log alone', async () => {
    const id = await target();
    const rows = await database.sql`select * from prior_auth_audit_events where request_id = ${id} order by seq`;
    const forged = chain(
      id,
      rows.map((row) => ({ ...(row as never as Parameters<typeof chain>[1][number]), actor: 'forger' })),
    );
    for (const row of forged) {
      await asSuperuser(
        `update prior_auth_audit_events set actor = 'forger', hash = '${row.hash}' where request_id = ${id} and seq = ${row.seq}`,
      );
    }
    const { findings } = await run();
    assert.match(findings[0] ?? '', /the log has another end/);
    heads.delete(toRequestId(id));
    assert.deepEqual(await run(), { requests: 3, events: 9, unwitnessed: 1, findings: [] });
  });
});

test('heads are read from the lines that carry one, also behind a timestamp', async () => {
  const head = 'a'.repeat(64);
  const lines = [
    '',
    'START RequestId',
    '{"audit_head":',
    `{"request_id":"PA-00001","audit_head":"${head}"}`,
    `2026-11-22T10:00:00Z {"request_id":"PA-00002","audit_head":"${head}"}`,
    '{"request_id":"PA-00003","audit_head":"short"}',
  ];
  const found = await readHeads(Readable.from(lines));
  assert.deepEqual([...found.keys()], ['PA-00001', 'PA-00002']);
});
