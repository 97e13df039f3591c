import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { describe, test } from 'vitest';
import { isFree } from '../../local/machine/free-port.ts';
import { startTime } from '../../local/machine/processes.ts';
import {
  choosePorts,
  partOf,
  WAIT_MS,
  type Ports,
  request,
  series,
  stackFolder,
  startStack,
  submit,
  until,
  type Stack,
} from './stack.ts';

const SUCCESSES = 'prior_auth_requests_total{status="success"}';
const ERRORS = 'prior_auth_requests_total{status="error"}';

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
  test('to npm, which does not pass it on, stops everything all the same', async (t) => {
    const [folder, ports] = [stackFolder(), await choosePorts()];
    const npm = startNpm(folder, ports);
    t.onTestFinished(() => void npm.kill('SIGTERM'));
    const pids = await pidsOf(folder, ['launcher', 'PostgreSQL', 'The API']);
    npm.kill('SIGTERM');
    await untilGone(pids);
  });
});

describe('a start', () => {
  test('that is interrupted leaves nothing behind, whatever it was at', async () => {
    for (const last of ['PostgreSQL', 'The API']) {
      const [folder, ports] = [stackFolder(), await choosePorts()];
      const launcher = startLauncher(folder, ports);
      const pids = await pidsOf(folder, ['launcher', last]);
      launcher.kill('SIGINT');
      await untilGone(pids);
      await until(
        () => launcher.exitCode !== null,
        WAIT_MS,
        () => 'no exit code',
      );
      assert.equal(launcher.exitCode, 0);
    }
  });

  test('that fails ends by itself with a message, and leaves nothing behind', async () => {
    const [folder, ports] = [stackFolder(), await choosePorts()];
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(Number(ports.POSTGRES_PORT), '127.0.0.1', done));
    const launcher = startLauncher(folder, ports);
    await until(
      () => launcher.exitCode !== null,
      WAIT_MS,
      () => 'the launcher lives on',
    );
    taken.close();
    assert.equal(launcher.exitCode, 1);
    assert.equal(await isFree(Number(ports.OTLP_PORT)), true);
  });

  test('that was killed with -9 leaves nothing that the next start does not end', async () => {
    const [folder, ports] = [stackFolder(), await choosePorts()];
    const launcher = startLauncher(folder, ports);
    await pidsOf(folder, ['The API']);
    launcher.kill('SIGKILL');
    const stack = await startStack({ folder, ports });
    assert.match(stack.output(), /Ending The API \(process \d+\)/);
    assert.equal((await submit(stack)).status, 201);
  });
});

const ROOT = resolve(import.meta.dirname, '../..');

function startNpm(folder: string, ports: Ports) {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], LOCAL_DIR: folder, ...ports };
  return spawn('npm', ['run', 'local', '--', '--no-build'], { cwd: ROOT, env, stdio: 'ignore' });
}

function startLauncher(folder: string, ports: Ports) {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    LOCAL_DIR: folder,
    npm_lifecycle_event: 'local',
    ...ports,
  };
  return spawn(process.execPath, ['local/launcher/main.ts', '--no-build'], { cwd: ROOT, env, stdio: 'ignore' });
}

/** The processes of some parts, once the launcher's record has them all. */
async function pidsOf(folder: string, names: string[]): Promise<number[]> {
  const find = () => {
    try {
      return names.map((name) => partOf({ folder }, name).pid);
    } catch {
      return undefined;
    }
  };
  await until(
    () => find() !== undefined,
    WAIT_MS,
    () => `${names.join()} have not been started`,
  );
  return find() ?? [];
}

async function untilGone(pids: number[]): Promise<void> {
  await until(
    () => pids.every((pid) => startTime(pid) === undefined),
    WAIT_MS,
    () => `left behind: ${pids.filter(startTime).join()}`,
  );
}

describe('after a kill -9', () => {
  test('of the launcher under load, the next start ends its orphans and counts every acknowledged submit once', async () => {
    const [folder, ports] = [stackFolder(), await choosePorts()];
    const killed = await startStack({ folder, ports });
    const load = startLoad(killed);
    await until(
      () => load.acknowledged.length > 50,
      WAIT_MS,
      () => 'no load',
    );
    killed.process.kill('SIGKILL');
    await until(
      () => load.statuses.has('no answer'),
      WAIT_MS,
      () => 'somebody answers still',
    );
    await load.stop();

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
      WAIT_MS,
      () => 'the counters have not caught up',
    );
    // What was under way at the kill is stored by the orphaned API, and counted, without an answer to anybody.
    assert.equal(await series(stack, SUCCESSES), stored.length);
    assert.equal(await stack.stop(), 0);
  });

  test('of PostgreSQL under load: 503 with Retry-After, then recovery by itself, nothing acknowledged lost or doubled', async () => {
    const stack = await startStack();
    const load = startLoad(stack);
    await until(
      () => load.acknowledged.length > 50,
      WAIT_MS,
      () => 'no load',
    );
    const { pid } = partOf(stack, 'PostgreSQL');
    process.kill(pid, 'SIGKILL');
    await until(
      () => load.retryAfters.length > 0,
      WAIT_MS,
      () => `no 503: ${JSON.stringify([...load.statuses])}`,
    );
    await until(
      () => stack.output().includes('PostgreSQL is up again.'),
      WAIT_MS,
      () => stack.output(),
    );
    assert.match(stack.output(), /PostgreSQL ended unexpectedly; starting it again\./);
    const atRecovery = load.acknowledged.length;
    await until(
      () => load.acknowledged.length > atRecovery + 20,
      WAIT_MS,
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
    const failed = load.statuses.get(503) ?? 0;
    await until(
      async () =>
        (await series(stack, SUCCESSES)) >= load.acknowledged.length && (await series(stack, ERRORS)) >= failed,
      WAIT_MS,
      () => 'not counted',
    );
    assert.equal(await series(stack, SUCCESSES), load.acknowledged.length);
    assert.equal(await series(stack, ERRORS), failed);
  });

  test('of the API, it is started again and goes on', async () => {
    const stack = await startStack();
    process.kill(partOf(stack, 'The API').pid, 'SIGKILL');
    await until(
      () => stack.output().includes('The API is up again.'),
      WAIT_MS,
      () => stack.output(),
    );
    assert.equal((await submit(stack)).status, 201);
    await until(
      async () => (await series(stack, SUCCESSES)) === 1,
      WAIT_MS,
      () => 'not counted',
    );
  });
});
