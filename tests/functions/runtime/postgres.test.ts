import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connect,
  inTransaction,
  isDatabaseAway,
  ping,
  retryOnce,
  toProblem,
  type Database,
} from '../../../functions/runtime/postgres.ts';
import { Problem } from '../../../functions/runtime/problem.ts';
import { databaseSettings, readSettings } from '../../../functions/runtime/settings.ts';
import { freshDatabase, type TestDatabase } from '../../database.ts';
import { startTcpProxy, type TcpProxy } from '../../fixtures/tcp-proxy.ts';

let direct: TestDatabase;
let proxy: TcpProxy;
const opened: Database[] = [];

before(async () => {
  direct = await freshDatabase();
  const { hostname, port } = new URL(direct.url);
  proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  await direct.sql`create table pairs (round int not null, part int not null)`;
});
beforeEach(() => {
  proxy.blackHole(false);
});
after(async () => {
  for (const database of opened) database.abandon();
  await proxy.close();
});

/** A connection through the proxy, with settings as a function has them. */
function connectThrough(environment: Record<string, string> = {}): Database {
  const url = new URL(direct.url);
  url.port = String(proxy.port);
  const database = connect(readSettings(databaseSettings, { DATABASE_URL: url.href, ...environment }));
  opened.push(database);
  return database;
}

const insert = (sql: Database['sql'], round: number, part: number) => sql`insert into pairs values (${round}, ${part})`;
const parts = async (round: number) => (await direct.sql`select from pairs where round = ${round}`).count;
const withCode = (code: string) => Object.assign(new Error('failed'), { code });
const isAway = (error: unknown) => isDatabaseAway(error) || assert.fail(String(error));

async function timed(work: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const started = performance.now();
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, ms: performance.now() - started };
}

describe('an error', () => {
  const AWAY =
    'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENOTFOUND EAI_AGAIN CONNECT_TIMEOUT CONNECTION_CLOSED ' +
    'CONNECTION_DESTROYED CONNECTION_ENDED 08006 57P01 57P03 53300 55P03';
  const OTHER = '57014 23505 40001 42P01 EACCES x08006 UNSAFE_TRANSACTION';

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
  });

  test('of any other kind is not away, and passes through as it is', () => {
    const others = [...OTHER.split(' ').map(withCode), new Error('ECONNREFUSED'), new Problem(422), 'ECONNREFUSED', undefined];
    assert.deepEqual(others.filter(isDatabaseAway), []);
    for (const error of others.filter((error) => !String(error).includes('57014'))) {
      if (!(error instanceof Error && 'code' in error && error.code === '57014')) assert.equal(toProblem(error), error);
    }
  });
});

describe('a connection', () => {
  test('is made at the first query, and is one for queries that run at once', async () => {
    const before = proxy.connections();
    const { sql } = connectThrough();
    await sleep(20);
    assert.equal(proxy.connections(), before);
    await Promise.all([1, 2, 3].map((value) => sql`select ${value}::int`));
    assert.equal(proxy.connections(), before + 1);
  });

  test('acts in its role, under its timeouts', async () => {
    const show = async (environment: Record<string, string>) => {
      const [row] = await connectThrough(environment).sql`select current_user, current_setting('lock_timeout') as lock,
        current_setting('statement_timeout') as statement, current_setting('application_name') as name`;
      return { ...row };
    };
    const environment = {
      DATABASE_ROLE: 'prior_auth_status',
      DATABASE_LOCK_TIMEOUT_MS: '1500',
      DATABASE_STATEMENT_TIMEOUT_MS: '2500',
    };
    const restricted = { current_user: 'prior_auth_status', lock: '1500ms', statement: '2500ms', name: 'prior-auth' };
    assert.deepEqual(await show(environment), restricted);
    assert.deepEqual(await show({}), { current_user: 'postgres', lock: '1s', statement: '3s', name: 'prior-auth' });
  });

  test('cancels a statement that takes too long, which is a 504, and is good for the next', async () => {
    const { sql } = connectThrough({ DATABASE_STATEMENT_TIMEOUT_MS: '100' });
    const { error, ms } = await timed(sql`select pg_sleep(5)`);
    const problem = toProblem(error);
    assert.ok(problem instanceof Problem);
    assert.equal(problem.status, 504);
    assert.ok(ms >= 100 && ms < 1000, `${ms} ms`);
    await sql`select 1`;
  });

  test('does not wait for a lock longer than it may, which is a 503', async () => {
    const database = connectThrough({ DATABASE_LOCK_TIMEOUT_MS: '100' });
    await direct.sql.begin(async (other) => {
      await other`lock table pairs`;
      const problem = toProblem((await timed(insert(database.sql, 0, 0))).error);
      assert.ok(problem instanceof Problem);
      assert.equal(problem.status, 503);
    });
  });

  for (const [when, pause] of [
    ['before anybody has learnt of it', 0],
    ['and that is known', 30],
  ] as const) {
    test(`that was closed while idle is replaced, ${when}`, async () => {
      const database = connectThrough();
      const { sql } = database;
      await ping(database);
      proxy.closeConnections();
      await sleep(pause);
      await ping(database);
      assert.notEqual(database.sql, sql);
    });
  }

  test('that PostgreSQL itself ends is replaced', async () => {
    const database = connectThrough();
    const [row] = await database.sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
    await direct.sql`select pg_terminate_backend(${row.pid})`;
    await ping(database);
  });

  test('that is abandoned ends what waits on it, and the next query has another', async () => {
    const database = connectThrough();
    await ping(database);
    proxy.blackHole(true);
    const waiting = timed(database.sql`select 1`);
    await sleep(30);
    database.abandon();
    const { error, ms } = await waiting;
    assert.equal(isAway(error), true);
    assert.ok(ms < 500, `${ms} ms`);
    proxy.blackHole(false);
    await database.sql`select 1`;
  });

  test('that was never made can be abandoned', () => connectThrough().abandon());

  test('that gets no answer is given up in time, and not tried again', async () => {
    const database = connectThrough({ DATABASE_CONNECT_TIMEOUT_MS: '250' });
    proxy.blackHole(true);
    for (const attempt of [database.sql`select 1`, ping(database)]) {
      const { error, ms } = await timed(attempt);
      assert.equal(error instanceof Error && 'code' in error && error.code, 'CONNECT_TIMEOUT');
      assert.ok(ms >= 240 && ms < 450, `${ms} ms`);
    }
    proxy.blackHole(false);
    await ping(database);
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
      const abandon = mock.fn();
      const database = { sql: direct.sql, abandon };
      const work = (sql: unknown) => {
        clients.push(sql);
        const outcome = outcomes[clients.length - 1];
        return outcome === undefined ? Promise.resolve('done') : Promise.reject(outcome as Error);
      };
      const { error } = await timed(retryOnce(database, work));
      assert.equal(error === undefined, succeeds);
      assert.deepEqual([clients.length, abandon.mock.callCount()], [calls, calls - 1]);
    });
  }
});

describe('a transaction', () => {
  test('commits what its work did, and gives back what it returned', async () => {
    const { sql } = connectThrough();
    const result = await inTransaction(sql, async (tx) => {
      await insert(tx, 1, 1);
      await insert(tx, 1, 2);
      return 'done';
    });
    assert.deepEqual([result, await parts(1)], ['done', 2]);
  });

  const FAILURES: [string, (sql: Database['sql']) => Promise<unknown>][] = [
    ['its work throws', () => Promise.reject(new Error('no'))],
    ['a statement fails', (sql) => sql`insert into pairs values (2, null)`],
    ['its work is cut off', async () => Promise.resolve(proxy.closeConnections())],
    ['PostgreSQL ends it', (sql) => sql`select pg_terminate_backend(pg_backend_pid())`],
  ];
  for (const [what, fail] of FAILURES) {
    test(`leaves nothing when ${what}, and the next statement is outside of it`, async () => {
      const database = connectThrough();
      const { sql } = database;
      await assert.rejects(
        inTransaction(sql, async (tx) => {
          await insert(tx, 2, 1);
          await fail(tx);
          await sleep(20);
          await insert(tx, 2, 2);
        }),
      );
      assert.equal(await parts(2), 0);
      await insert(database.sql, 3, 1);
      assert.equal(await parts(3), 1);
      await direct.sql`delete from pairs`;
    });
  }
});

/** An unhandled rejection or an uncaught exception would fail the test; on Lambda it would end the environment. */
test('a hundred cuts at any moment: what fails says that the database is away, and transactions are whole', async () => {
  const ROUNDS = 100;
  const database = connectThrough();
  const large = 'x'.repeat(100_000);
  const WORK: ((round: number) => Promise<unknown>)[] = [
    () => ping(database),
    () => Promise.all([database.sql`select ${large}::text`, database.sql`select 2`]),
    (round) =>
      inTransaction(database.sql, async (sql) => {
        await insert(sql, round, 1);
        await insert(sql, round, 2);
      }),
    (round) => {
      const { sql } = database;
      const sent = [sql`begin`, insert(sql, round, 1), insert(sql, round, 2), sql`commit`];
      return Promise.allSettled(sent).then((results) => {
        for (const result of results) if (result.status === 'rejected') isAway(result.reason);
      });
    },
  ];
  let failures = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const working = timed(WORK[round % WORK.length]!(100 + round));
    await sleep(Math.random() * 8);
    proxy.closeConnections();
    const { error } = await working;
    if (error !== undefined) failures += Number(isAway(error));
    if (round % 3 === 0) await sleep(2);
  }
  await ping(database);
  assert.ok(failures > 5, `only ${failures} rounds were cut in their work`);
  const halves = await direct.sql`select round from pairs where round >= 100 group by round having count(*) <> 2`;
  assert.equal(halves.count, 0);
});
