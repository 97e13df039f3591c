import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { startTime } from '../../local/processes.ts';
import { choosePorts, partOf, request, series, stackFolder, startStack, submit, until, type Stack } from './stack.ts';

const SUCCESSES = 'prior_auth_requests_total{status="success"}';

interface Load {
  /** Ids that were acknowledged with 201. */
  readonly acknowledged: number[];
  readonly statuses: Map<number | string, number>;
  readonly retryAfters: (string | null)[];
  stop(): Promise<void>;
}

/** Submits from a few clients until it is stopped. */
function startLoad(stack: Stack, clients = 3): Load {
  const load = {
    acknowledged: [] as number[],
    statuses: new Map<number | string, number>(),
    retryAfters: [] as (string | null)[],
  };
  let isOver = false;
  const count = (key: number | string) => load.statuses.set(key, (load.statuses.get(key) ?? 0) + 1);
  const client = async () => {
    for (let n = 0; !isOver && n < 2000; n++) {
      try {
        const answer = await submit(stack);
        count(answer.status);
        if (answer.status === 201) load.acknowledged.push(Number(answer.json['id']));
        if (answer.status === 503) load.retryAfters.push(answer.headers.get('retry-after'));
        await sleep(answer.status === 201 ? 2 : 50);
      } catch {
        count('no answer');
        await sleep(50);
      }
    }
  };
  const clientsDone = Promise.all(Array.from({ length: clients }, client));
  return {
    ...load,
    async stop() {
      isOver = true;
      await clientsDone;
    },
  };
}

async function storedIds(stack: Stack): Promise<number[]> {
  const sql = postgres(await stack.databaseUrl(), { max: 1 });
  try {
    return (await sql<{ id: string }[]>`select id from prior_auth_requests order by id`).map(({ id }) => Number(id));
  } finally {
    await sql.end();
  }
}

describe('a SIGTERM', () => {
  test('to npm, which does not pass it on, stops everything all the same', async () => {
    const [folder, ports] = [stackFolder(), await choosePorts()];
    const npm = spawn('npm', ['run', 'local', '--', '--no-build'], {
      cwd: resolve(import.meta.dirname, '../..'),
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LOCAL_DIR: folder, ...ports },
      stdio: 'ignore',
    });
    const isUp = async () =>
      (await fetch(`http://127.0.0.1:${ports.API_PORT}/health`).catch(() => undefined))?.ok === true;
    await until(isUp, 60_000, () => 'npm run local is not up');
    const pids = ['launcher', 'PostgreSQL', 'The API'].map((name) => partOf({ folder }, name).pid);
    npm.kill('SIGTERM');
    await until(
      () => pids.every((pid) => startTime(pid) === undefined),
      20_000,
      () => `left behind: ${pids.filter(startTime).join()}`,
    );
  });
});

describe('after a kill -9', () => {
  test('of the launcher under load, the next start ends its orphans and counts every acknowledged submit once', async () => {
    const [folder, ports] = [stackFolder(), await choosePorts()];
    const killed = await startStack({ folder, ports });
    const load = startLoad(killed);
    await until(
      () => load.acknowledged.length > 50,
      20_000,
      () => 'no load',
    );
    killed.process.kill('SIGKILL');
    // The orphaned API goes on answering: those submits count too.
    await sleep(500);
    await load.stop();
    assert.ok(load.acknowledged.length > 60);

    const stack = await startStack({ folder, ports });
    assert.match(stack.output(), /Ending PostgreSQL \(process \d+\)/);
    assert.match(stack.output(), /Ending The API \(process \d+\)/);
    const stored = await storedIds(stack);
    assert.deepEqual(
      load.acknowledged.filter((id) => !stored.includes(id)),
      [],
      'acknowledged and lost',
    );
    await until(
      async () => (await series(stack, SUCCESSES)) >= stored.length,
      5000,
      () => 'the counters have not caught up',
    );
    assert.equal(await series(stack, SUCCESSES), load.acknowledged.length);
    assert.equal(stored.length, load.acknowledged.length);
    assert.equal(await stack.stop(), 0);
  });

  test('of PostgreSQL under load: 503 with Retry-After, then recovery by itself, nothing acknowledged lost or doubled', async () => {
    const stack = await startStack();
    const load = startLoad(stack);
    await until(
      () => load.acknowledged.length > 50,
      20_000,
      () => 'no load',
    );
    const { pid } = partOf(stack, 'PostgreSQL');
    process.kill(pid, 'SIGKILL');
    await until(
      () => load.retryAfters.length > 0,
      10_000,
      () => `no 503: ${JSON.stringify([...load.statuses])}`,
    );
    await until(
      () => stack.output().includes('PostgreSQL is up again.'),
      20_000,
      () => stack.output(),
    );
    assert.match(stack.output(), /PostgreSQL ended unexpectedly; starting it again\./);
    const atRecovery = load.acknowledged.length;
    await until(
      () => load.acknowledged.length > atRecovery + 20,
      20_000,
      () => 'no submit after the recovery',
    );
    await load.stop();
    assert.deepEqual([...load.statuses.keys()].sort(), [201, 503], JSON.stringify([...load.statuses]));
    assert.ok(load.retryAfters.every((value) => value === '1'));
    const stored = await storedIds(stack);
    assert.deepEqual(
      load.acknowledged.filter((id) => !stored.includes(id)),
      [],
      'acknowledged and lost',
    );
    assert.equal(new Set(load.acknowledged).size, load.acknowledged.length);
    assert.equal((await request(`${stack.api}/health`)).status, 200);
    await until(
      async () => (await series(stack, SUCCESSES)) >= load.acknowledged.length,
      5000,
      () => 'not counted',
    );
    assert.equal(await series(stack, SUCCESSES), load.acknowledged.length);
    assert.equal(await series(stack, 'prior_auth_requests_total{status="error"}'), load.statuses.get(503));
  });

  test('of the API, it is started again and goes on', async () => {
    const stack = await startStack();
    process.kill(partOf(stack, 'The API').pid, 'SIGKILL');
    await until(
      () => stack.output().includes('The API is up again.'),
      30_000,
      () => stack.output(),
    );
    assert.equal((await submit(stack)).status, 201);
    await until(
      async () => (await series(stack, SUCCESSES)) === 1,
      5000,
      () => 'not counted',
    );
  });
});
