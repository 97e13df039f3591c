import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { connect, ping, toProblem } from '../../../functions/runtime/postgres.ts';
import { Problem } from '../../../functions/runtime/problem.ts';
import { databaseSettings, readSettings } from '../../../functions/runtime/settings.ts';
import { holdTime } from '../../fixtures/held-time.ts';
import { PATIENCE } from '../../fixtures/patience.ts';
import { assertAway, insertPair, timed, useProxiedDatabase } from '../../fixtures/proxied-database.ts';

const server = useProxiedDatabase();

describe('a connection', () => {
  test('is made at the first query, and is one for queries that run at once', async () => {
    const before = server.proxy.connections();
    const { sql } = server.connect();
    await sleep(20);
    assert.equal(server.proxy.connections(), before);
    await Promise.all([1, 2, 3].map((value) => sql`select ${value}::int`));
    assert.equal(server.proxy.connections(), before + 1);
  });

  test('acts in its role, under its timeouts', async () => {
    const show = async (environment: Record<string, string>) => {
      const [row] = await server.connect(environment).sql`select current_user, current_setting('lock_timeout') as lock,
        current_setting('statement_timeout') as statement,
        current_setting('idle_in_transaction_session_timeout') as idle`;
      return { ...row };
    };
    const environment = {
      DATABASE_ROLE: 'prior_auth_status',
      DATABASE_LOCK_TIMEOUT_MS: '1500',
      DATABASE_STATEMENT_TIMEOUT_MS: '2500',
    };
    const restricted = { current_user: 'prior_auth_status', lock: '1500ms', statement: '2500ms', idle: '2500ms' };
    assert.deepEqual(await show(environment), restricted);
    const unset = { DATABASE_LOCK_TIMEOUT_MS: '', DATABASE_STATEMENT_TIMEOUT_MS: '' };
    assert.deepEqual(await show(unset), { current_user: 'postgres', lock: '1s', statement: '3s', idle: '3s' });
  });

  test('cancels a statement that takes too long, which is a 504, and is good for the next', async () => {
    // So long that a statement of no work is never too slow for it.
    const { sql } = server.connect({ DATABASE_STATEMENT_TIMEOUT_MS: '2000' });
    const { error, ms } = await timed(sql`select pg_sleep(60)`);
    const problem = toProblem(error);
    assert.ok(problem instanceof Problem);
    assert.equal(problem.status, 504);
    assert.ok(ms >= 2000 && ms < 50_000, `${ms} ms`);
    await sql`select 1`;
  });

  test('does not wait for a lock longer than it may, which is a 503', async () => {
    const database = server.connect({ DATABASE_LOCK_TIMEOUT_MS: '100' });
    await server.direct.sql.begin(async (other) => {
      await other`lock table pairs`;
      const problem = toProblem((await timed(insertPair(database.sql, 0, 0))).error);
      assert.ok(problem instanceof Problem);
      assert.equal(problem.status, 503);
    });
  });

  test('that was closed while idle is replaced, and what may be tried again is', async () => {
    const database = server.connect();
    const { sql } = database;
    await ping(database);
    server.proxy.closeConnections();
    await ping(database);
    assert.notEqual(database.sql, sql);
  });

  test('that was idle for longer than networks remember is replaced for anything, without being asked', async (context) => {
    const database = server.connect();
    await ping(database);
    server.proxy.silenceConnections();
    holdTime(context, 'Date').tick(301_000);
    await database.sql`select 1`;
    const { sql } = database;
    await database.sql`select 1`;
    assert.equal(database.sql, sql);
  });

  test('whose end is known already is replaced for anything', async () => {
    const database = server.connect();
    await ping(database);
    const { sql } = database;
    server.proxy.closeConnections();
    while (database.sql === sql) await sleep(1);
    await database.sql`select 1`;
  });

  test('that PostgreSQL itself ends is replaced', async () => {
    const database = server.connect();
    const [row] = await database.sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
    await server.direct.sql`select pg_terminate_backend(${row.pid})`;
    await ping(database);
  });

  test('that is abandoned ends what waits on it, and the next query has another', async () => {
    const database = server.connect();
    await ping(database);
    server.proxy.blackHole(true);
    const waiting = timed(database.sql`select 1`);
    await sleep(30);
    database.abandon();
    assertAway((await waiting).error);
    server.proxy.blackHole(false);
    await database.sql`select 1`;
  });

  test('that was never made can be abandoned', () => server.connect().abandon());

  test('that gets no answer is given up in time, and not tried again', async (context) => {
    const time = holdTime(context);
    const database = server.connect({ DATABASE_CONNECT_TIMEOUT_MS: '60000' });
    const before = server.proxy.connections();
    server.proxy.blackHole(true);
    let isOver = false;
    const pinging = timed(ping(database)).finally(() => (isOver = true));
    const untilConnected = async () => {
      while (server.proxy.connections() === before) await setImmediate();
    };
    // The driver connects by a timer of its own.
    await setImmediate();
    time.tick(1);
    await untilConnected();
    time.tick(59_000);
    await setImmediate();
    assert.equal(isOver, false);
    time.tick(1000);
    const { error } = await pinging;
    assert.equal(error instanceof Error && 'code' in error && error.code, 'CONNECT_TIMEOUT');
    assert.equal(server.proxy.connections(), before + 1);
    time.release();
    server.proxy.blackHole(false);
    await ping(database);
  });

  test('that is closed before it is ready fails all that waits for it', async (context) => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    context.onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { sql } = connect(
      readSettings(databaseSettings, { DATABASE_URL: `postgresql://user@127.0.0.1:${port}/none`, ...PATIENCE }),
    );
    for (const { error, ms } of await Promise.all([sql`begin`, sql`select 1`, sql`commit`].map(timed))) {
      assertAway(error);
      assert.ok(ms < 50_000, `${ms} ms`);
    }
  });
});
