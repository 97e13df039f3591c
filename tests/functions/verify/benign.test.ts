/** What happens without anybody's fault has no findings. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { describe, it } from 'vitest';
import { tombstoneLine } from '../../../functions/prior-auth/evidence-line.ts';
import { purge } from '../../../functions/purge/store.ts';
import { readLines } from '../../../functions/verify/lines.ts';
import { readLog } from '../../../functions/verify/log.ts';
import { witnessFindings } from '../../../functions/verify/witnesses.ts';
import { connectAs } from '../../fixtures/connection.ts';
import {
  createCopies,
  createWorld,
  MINUTE_MS,
  partsOf,
  purgeAs,
  storeRequest,
  verifyWorld,
  type World,
} from '../../fixtures/evidence.ts';

const world = await createWorld();
const inCopy = createCopies(world);

interface Copy extends World {
  readonly sql: postgres.Sql;
}

const who = { by: 'records office', reason: 'retention' };
const old = new Date(Date.now() - 30 * MINUTE_MS);

async function stored(url: string, options: Parameters<typeof storeRequest>[1] = {}): Promise<string> {
  const database = connectAs('prior_auth_submit', url);
  const line = await storeRequest(database, options);
  await database.sql.end();
  return `${JSON.stringify(line)}\n`;
}

/** A line of the same request that another invocation wrote. */
function again(line: string, members: object): string {
  return `${JSON.stringify({ ...(JSON.parse(line) as object), event_id: randomUUID(), trace_id: 'd'.repeat(32), ...members })}\n`;
}

const EVENTS: [string, (copy: Copy) => unknown][] = [
  ['nothing', () => undefined],
  ['a replay, which witnesses again', ({ logs }) => logs.spool.push(again(logs.spool[1]!, { status: 'replayed' }))],
  [
    'a commit in doubt that failed: a head, and no row',
    ({ logs }) =>
      logs.spool.push(
        again(logs.spool[0]!, { status: 'in_doubt', request_id: 'PA-00006', audit_head: 'a'.repeat(64) }),
      ),
  ],
  [
    'a commit in doubt that did not fail',
    ({ logs }) => logs.spool.splice(0, 1, again(logs.spool[0]!, { status: 'in_doubt' })),
  ],
  [
    'a line from before heads named their row',
    ({ logs }) => logs.spool.splice(0, 1, logs.spool[0]!.replace('"audit_seq":3,', '')),
  ],
  ['a line that is being written', ({ logs }) => logs.spool.push(logs.spool[0]!.slice(0, 100))],
  [
    'an export with a time before each line',
    ({ logs }) => logs.spool.splice(0, 1, `2026-11-22T10:00:00Z ${logs.spool[0]!}`),
  ],
  [
    'lines of others: banners, platform, probes',
    ({ logs }) => logs.spool.unshift('\n', 'START RequestId: {…}\n', '{"level":"WARN"}\n'),
  ],
  ['a request whose line is on its way', ({ url }) => stored(url)],
  ['a number that was taken and never stored', ({ sql }) => sql`select nextval('prior_auth_request_id_seq')`],
  [
    'a reconcile that died between writing checkpoints and noting it',
    async ({ url, sql, logs }) => {
      logs.spool.push(await stored(url, { createdAt: old }));
      await sql`update prior_auth_reconcile_state set checked_until = now() - interval '1 hour'`;
      const { parts, reconcile } = partsOf(url, logs.evidence);
      await parts.store.closeRange();
      const writeTwice = partsOf(url, logs.evidence);
      const [unwritten] = await writeTwice.parts.store.unwritten();
      assert.equal(unwritten?.seq, 3);
      await reconcile();
      await sql`select set_config('session_replication_role', 'replica', false)`;
      await sql`update prior_auth_checkpoints set written_at = null where seq = 3`;
      await writeTwice.reconcile();
      assert.equal(logs.evidence.filter((line) => line.includes('"last_id":12')).length, 2);
    },
  ],
  [
    'reconciles at the same time',
    async ({ url, sql, logs }) => {
      for (let n = 0; n < 3; n++) logs.spool.push(await stored(url, { createdAt: old }));
      await sql`update prior_auth_reconcile_state set checked_until = now() - interval '1 hour'`;
      await Promise.all([1, 2, 3, 4].map(() => partsOf(url, logs.evidence).reconcile()));
      assert.equal((await sql`select from prior_auth_checkpoints`).count, 3);
    },
  ],
  ['a lawful purge of one', ({ url, logs }) => purgeAs(url, 8, logs)],
  [
    'a lawful purge of all from before a date',
    async ({ url, logs, sql }) => {
      const database = connectAs('prior_auth_purge', url);
      const before = new Date(Date.now() - 10 * MINUTE_MS);
      const made = await purge(database, { before }, who, (one) => void logs.evidence.push(tombstoneLine(one)));
      assert.deepEqual([made?.ids, made?.requests], ['1-2,4-5,7-8', 6]);
      assert.deepEqual(made?.counts, {
        'status/pending': 6,
        'event/request_received': 6,
        'event/npi_validated': 6,
        'event/request_submitted': 6,
      });
      assert.equal(await purge(database, { before }, who, () => assert.fail('nothing is left')), undefined);
      assert.equal((await sql`select from prior_auth_idempotency_keys`).count, 0);
    },
  ],
  [
    'a purge that died before it was committed, and the next one',
    async ({ url, logs }) => {
      const dying = purge(connectAs('prior_auth_purge', url), { id: 8 }, who, (one) => {
        logs.evidence.push(tombstoneLine(one));
        throw new Error('killed');
      });
      await assert.rejects(dying, /killed/);
      const { findings } = await verifyWorld({ url, logs });
      assert.deepEqual(findings, [], 'before the next one');
      await purgeAs(url, 8, logs);
    },
  ],
  [
    'a purge while it is verified',
    async ({ url, logs }) => {
      const verdicts = Array.from({ length: 4 }, () => verifyWorld({ url, logs: { ...logs } }));
      await Promise.all([purgeAs(url, 8, logs), purgeAs(url, 7, logs)]);
      for (const { findings } of await Promise.all(verdicts)) assert.deepEqual(findings, []);
    },
  ],
  [
    'a checkpoint and a range without requests that are left',
    async ({ url, logs }) => {
      for (const id of [7, 8]) await purgeAs(url, id, logs);
    },
  ],
];

describe('no findings after', () => {
  for (const [what, event] of EVENTS)
    it(what, () =>
      inCopy(async (copy) => {
        await event(copy);
        const { findings } = await verifyWorld(copy);
        assert.deepEqual(findings, []);
      }),
    );
});

describe('what is no finding is said', () => {
  it('which requests reconcile alone witnessed, how many are young, and what was purged', async () => {
    assert.deepEqual(await verifyWorld(world), {
      findings: [],
      requests: 8,
      events: 24,
      unwitnessed: 0,
      young: 0,
      by_checkpoint_alone: 0,
      reconciled: [{ first: 4, last: 4, count: 1 }],
      not_covered: [],
      checkpoints: 2,
      purged: 2,
    });
  });

  it('trails from before digests are not covered, as ranges', () =>
    inCopy(async (copy) => {
      for (const withoutDigest of [true, true, false, true])
        copy.logs.spool.push(await stored(copy.url, { withoutDigest }));
      await copy.sql`update prior_auth_requests set digest_salt = null where id in (12, 13, 15)`;
      const { findings, not_covered } = await verifyWorld(copy);
      assert.deepEqual(findings, []);
      assert.deepEqual(not_covered, [
        { first: 12, last: 13, count: 2 },
        { first: 15, last: 15, count: 1 },
      ]);
    }));

  it('lines that a log need not hold any more: a checkpoint is then witness enough, and only for what it covers', () =>
    inCopy(async (copy) => {
      copy.logs.spool.splice(0);
      const { findings, by_checkpoint_alone, young } = await verifyWorld(copy, { linesSince: new Date() });
      assert.deepEqual([findings, by_checkpoint_alone, young], [[], 5, 2]);
      copy.logs.spool.push(await stored(copy.url, { createdAt: old }));
      copy.logs.spool.pop();
      const uncovered = await verifyWorld(copy, { linesSince: new Date() });
      assert.match(uncovered.findings.map(({ text }) => text).join(), /PA-00012: no line of the log/);
    }));

  it('missing lines, when they are allowed', () =>
    inCopy(async (copy) => {
      copy.logs.spool.splice(0);
      const { findings, unwitnessed, young } = await verifyWorld(copy, { allowUnwitnessed: true });
      assert.deepEqual([findings, unwitnessed, young], [[], 5, 2]);
    }));
});

describe('heads of several rows', () => {
  const head = (seq: number, hash: string) => ({ seq, hash: hash.repeat(64) });
  const row = (seq: number, hash: string) => ({ ...head(seq, hash), trace_id: 't' });
  const subject = {
    id: 1,
    request: { status: 'pending', eventId: 'e', createdAt: new Date() },
    rows: [row(3, 'a'), row(4, 'b')] as never,
    keys: 0,
    digestHolds: true,
    purged: [],
  };
  const witness = (seq: number, hash: string) => ({
    ...head(seq, hash),
    by: 'replay' as const,
    eventId: undefined,
    traceId: undefined,
    place: 'log:1',
  });

  it('are no conflict: a higher row is another one', () => {
    assert.deepEqual(witnessFindings(subject, [witness(3, 'a'), witness(4, 'b')]), []);
  });

  it('are one when the same row has another hash', () => {
    assert.match(
      witnessFindings(subject, [witness(4, 'b'), witness(4, 'c')])[0]?.text ?? '',
      /two heads for its row 4/,
    );
  });

  it('are missing when a row is: the end of the trail is not it', () => {
    assert.match(witnessFindings(subject, [witness(5, 'c')])[0]?.text ?? '', /cut off after row 4/);
  });
});

it('lines are read over the borders of chunks, and letters over those of bytes', async () => {
  const bytes = Buffer.from('first\nsecönd\nthird');
  const chunks = (async function* () {
    for (const byte of bytes) yield await Promise.resolve(Buffer.from([byte]));
  })();
  const lines: string[] = [];
  for await (const { text, number } of readLines('log', chunks)) lines.push(`${number} ${text}`);
  assert.deepEqual(lines, ['1 first', '2 secönd']);
});

it('overlapping logs tell the same line each, which is no second line', async () => {
  const [line = ''] = world.logs.spool;
  const of = (source: string) =>
    readLines(
      source,
      (async function* () {
        yield await Promise.resolve(line);
      })(),
    );
  const both = (async function* () {
    yield* of('one');
    yield* of('other');
  })();
  assert.deepEqual((await readLog(both)).findings, []);
});
