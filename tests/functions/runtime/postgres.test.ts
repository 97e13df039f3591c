import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test, vi } from 'vitest';
import {
  inTransaction,
  isDatabaseAway,
  ping,
  retryOnce,
  toProblem,
  withoutData,
  type Database,
} from '../../../functions/runtime/postgres.ts';
import { Problem } from '../../../functions/runtime/problem.ts';
import { assertAway, insertPair, timed, useProxiedDatabase } from '../../fixtures/proxied-database.ts';
import { rejects } from '../../fixtures/rejection.ts';

const server = useProxiedDatabase();
const withCode = (code: string) => Object.assign(new Error('failed'), { code });
const pairsOf = async (round: number) => (await server.direct.sql`select from pairs where round = ${round}`).count;

describe('an error', () => {
  const AWAY =
    'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENOTFOUND EAI_AGAIN CONNECT_TIMEOUT CONNECTION_CLOSED ' +
    'CONNECTION_DESTROYED CONNECTION_ENDED 08006 57P01 57P03 25006 25P03 53300 55P03';
  const OTHER = '23505 40001 42P01 EACCES x08006 UNSAFE_TRANSACTION';

  for (const code of AWAY.split(' ')) {
    test(`${code} says that the database is away: 503 with Retry-After, and the cause for the span`, () => {
      const error = withCode(code);
      const problem = toProblem(error);
      assert.ok(problem instanceof Problem);
      assert.deepEqual([problem.status, problem.headers, problem.cause], [503, { 'retry-after': '1' }, error]);
    });
  }

  test('57014 says that a statement took too long: 504', () => {
    const problem = toProblem(withCode('57014'));
    assert.ok(problem instanceof Problem);
    assert.deepEqual([problem.status, problem.headers], [504, {}]);
    assert.equal(isDatabaseAway(withCode('57014')), false);
  });

  test('of any other kind is not away, and passes through as it is', () => {
    const others = [
      ...OTHER.split(' ').map(withCode),
      new Error('ECONNREFUSED'),
      new Problem(422),
      'ECONNREFUSED',
      undefined,
    ];
    for (const error of others) assert.deepEqual([isDatabaseAway(error), toProblem(error)], [false, error]);
  });
});

describe('what is tried again', () => {
  const ATTEMPTS: [string, unknown[], number, boolean][] = [
    ['succeeds at once', [undefined], 1, true],
    ['meets a closed connection', [withCode('CONNECTION_CLOSED'), undefined], 2, true],
    ['meets two', [withCode('ECONNRESET'), withCode('ECONNRESET'), undefined], 2, false],
    ['could not connect in time', [withCode('CONNECT_TIMEOUT'), undefined], 1, false],
    ['fails for a reason of its own', [withCode('23505'), undefined], 1, false],
  ];
  for (const [what, outcomes, calls, succeeds] of ATTEMPTS) {
    test(`is done ${calls === 1 ? 'once' : 'twice, the second time on a new connection'} when it ${what}`, async () => {
      const clients: unknown[] = [];
      const abandon = vi.fn();
      const database = { sql: server.direct.sql, abandon, isAbandoned: () => false };
      const work = (sql: unknown) => {
        clients.push(sql);
        const outcome = outcomes[clients.length - 1];
        return outcome === undefined ? Promise.resolve() : rejects(outcome)();
      };
      const { error } = await timed(retryOnce(database, work));
      assert.equal(error === undefined, succeeds);
      assert.deepEqual([clients.length, abandon.mock.calls.length], [calls, calls - 1]);
    });
  }
});

test('what was given up with its request is not tried again: nobody waits for it', async () => {
  const database = server.connect();
  await ping(database);
  server.proxy.blackHole(true);
  let calls = 0;
  const working = timed(
    retryOnce(database, (sql) => {
      calls++;
      return sql`select 1`;
    }),
  );
  database.abandon();
  assertAway((await working).error);
  assert.equal(calls, 1);
});

test('an error for the platform’s own log has its code and nothing of the data', () => {
  const failed = Object.assign(withCode('23505'), { detail: 'Key (secret)=(SECRET)', parameters: ['SECRET'] });
  const error = withoutData(failed);
  assert.equal(error.message, 'The database failed: 23505');
  assert.deepEqual(Object.entries(error), [['code', '23505']]);
  assert.equal(error.cause, undefined);
});

describe('a transaction', () => {
  test('commits what its work did, and gives back what it returned', async () => {
    const { sql } = server.connect();
    const result = await inTransaction(sql, async (tx) => {
      await insertPair(tx, 1, 1);
      await insertPair(tx, 1, 2);
      return 'done';
    });
    assert.deepEqual([result, await pairsOf(1)], ['done', 2]);
  });

  const FAILURES: [string, (sql: Database['sql']) => Promise<unknown>][] = [
    ['its work throws', rejects(new Error('no'))],
    ['a statement fails', (sql) => sql`insert into pairs values (2, null)`],
    ['its connection is cut', (sql) => sql`select 1`.then(() => server.proxy.closeConnections())],
    ['PostgreSQL ends it', (sql) => sql`select pg_terminate_backend(pg_backend_pid())`],
  ];
  for (const [what, fail] of FAILURES) {
    test(`leaves nothing when ${what}, and the next statement is outside of it`, async () => {
      const database = server.connect();
      const { sql } = database;
      await assert.rejects(
        inTransaction(sql, async (tx) => {
          await insertPair(tx, 2, 1);
          await fail(tx);
          await sleep(20);
          await insertPair(tx, 2, 2);
        }),
      );
      assert.equal(await pairsOf(2), 0);
      await insertPair(database.sql, 3, 1);
      assert.equal(await pairsOf(3), 1);
      await server.direct.sql`delete from pairs`;
    });
  }
});

/** An unhandled rejection or an uncaught exception would fail the test; on Lambda it would end the environment. */
test('a hundred cuts at any moment: what fails says that the database is away, and transactions are whole', async () => {
  const ROUNDS = 100;
  const database = server.connect();
  const large = 'x'.repeat(100_000);
  const WORK: ((round: number) => Promise<unknown>)[] = [
    () => ping(database),
    () => Promise.all([database.sql`select ${large}::text`, database.sql`select 2`]),
    (round) =>
      inTransaction(database.sql, async (sql) => {
        await insertPair(sql, round, 1);
        await insertPair(sql, round, 2);
      }),
    (round) => {
      const { sql } = database;
      const sent = [sql`begin`, insertPair(sql, round, 1), insertPair(sql, round, 2), sql`commit`];
      return Promise.allSettled(sent).then((results) => {
        for (const result of results) if (result.status === 'rejected') assertAway(result.reason);
      });
    },
  ];
  let failures = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const working = timed(WORK[round % WORK.length]!(100 + round));
    await sleep(Math.random() * 8);
    server.proxy.closeConnections();
    const { error } = await working;
    if (error !== undefined) assertAway(error);
    failures += error === undefined ? 0 : 1;
    if (round % 3 === 0) await sleep(2);
  }
  await ping(database);
  assert.ok(failures > 5, `only ${failures} rounds were cut in their work`);
  const halves = await server.direct
    .sql`select round from pairs where round >= 100 group by round having count(*) <> 2`;
  assert.equal(halves.count, 0);
});
