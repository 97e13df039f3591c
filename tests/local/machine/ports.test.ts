import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, onTestFinished, test } from 'vitest';
import { freePort, isFree } from '../../../local/machine/free-port.ts';
import { checkPorts, choosePostgresPort } from '../../../local/machine/ports.ts';
import { parseSettings } from '../../../local/machine/settings.ts';

/** A port that is listened on until the end of the test. */
async function takenPort(host = '127.0.0.1'): Promise<string> {
  const server = createServer();
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, host, done));
  onTestFinished(() => new Promise<void>((done) => void server.close(() => done())));
  return String(port);
}

const NAMES = ['API_PORT', 'LAMBDA_PORT', 'OTLP_PORT', 'TRACES_PORT'] as const;

async function settingsWith(ports: Record<string, string>) {
  const free = await Promise.all(NAMES.map(async (name) => [name, String(await freePort())] as const));
  return parseSettings({ ...Object.fromEntries(free), ...ports });
}

describe('the ports of a run', () => {
  test('may be free, and are left free by the check', async () => {
    const settings = await settingsWith({});
    await checkPorts(settings);
    assert.equal(await isFree(settings.API_PORT), true);
  });

  test('are named with their settings where they are taken, all at once', async () => {
    const [api, traces, free] = [await takenPort(), await takenPort('0.0.0.0'), await freePort()];
    const settings = await settingsWith({ API_PORT: api, TRACES_PORT: traces, OTLP_PORT: String(free) });
    await assert.rejects(checkPorts(settings), {
      message:
        `Cannot listen:\n  port ${api} is in use: set API_PORT to another one\n` +
        `  port ${traces} is in use: set TRACES_PORT to another one\nFor example: API_PORT=8001 npm run local`,
    });
  });

  test('of the embedded receiver matter only where it is used', async () => {
    const taken = { OTLP_PORT: await takenPort(), TRACES_PORT: await takenPort() };
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
    await checkPorts(await settingsWith({ ...taken, ...endpoint }));
    await assert.rejects(checkPorts(await settingsWith(taken)), /set OTLP_PORT.*\n.*set TRACES_PORT/);
  });
});

describe('a free port', () => {
  test('is never the same one twice, though nobody listens on it yet', async () => {
    const ports: number[] = [];
    while (ports.length < 1000) ports.push(await freePort());
    assert.equal(new Set(ports).size, ports.length);
  });

  test('is none that another process was given, as two launchers or test files at once are', async (t) => {
    const module = JSON.stringify(resolve(import.meta.dirname, '../../../local/machine/free-port.ts'));
    const program = `
      import { freePort } from ${module};
      for (let n = 0; n < 500; n++) console.log(await freePort());
      console.log('all');
      setInterval(() => undefined, 1000);`;
    const other = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.onTestFinished(async () => {
      const ended = once(other, 'exit');
      other.kill('SIGKILL');
      await ended;
    });
    const given = new Set<number>();
    for await (const line of createInterface({ input: other.stdout })) {
      if (line === 'all') break;
      given.add(Number(line));
    }
    assert.equal(given.size, 500);
    for (let n = 0; n < 500; n++) assert.ok(!given.has(await freePort()));
  });

  test('is none that the system may give to a connection meanwhile', async () => {
    for (let tries = 0; tries < 50; tries++) assert.ok((await freePort()) < 32_768);
  });
});

describe('the port of the embedded PostgreSQL', () => {
  test('is the one that is set', async () => {
    const wanted = await freePort();
    assert.equal(await choosePostgresPort(parseSettings({ POSTGRES_PORT: String(wanted) })), wanted);
  });

  test('is 5432 where none is set and that is free', async () => {
    const preferred = await freePort();
    assert.equal(await choosePostgresPort(parseSettings({}), preferred), preferred);
  });

  test('is a free one where none is set and 5432 is taken, as on many machines', async () => {
    const preferred = Number(await takenPort());
    const port = await choosePostgresPort(parseSettings({}), preferred);
    assert.notEqual(port, preferred);
    assert.equal(await isFree(port), true);
  });

  test('that is set and taken is refused by its setting', async () => {
    const port = await takenPort();
    await assert.rejects(choosePostgresPort(parseSettings({ POSTGRES_PORT: port })), {
      message: `Cannot listen:\n  port ${port} is in use: set POSTGRES_PORT to another one, or leave it unset`,
    });
  });
});
