import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, onTestFinished, test } from 'vitest';
import { end, isAlive, openRecord, startTime } from '../../../local/machine/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-processes-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const recordFile = () => join(folder, `processes-${files++}.json`);

/** A process that says when it is ready, and on SIGINT runs `onInterrupt`. */
async function startProcess(onInterrupt = 'process.exit(7)'): Promise<ChildProcess & { pid: number }> {
  const program = `process.on('SIGINT', () => { ${onInterrupt} }); setInterval(() => {}, 1000); console.log('ready')`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((done) => child.stdout.once('data', done));
  return Object.assign(child, { pid: child.pid! });
}

const exitOf = (child: ChildProcess) =>
  new Promise<[number | null, NodeJS.Signals | null]>((done) => {
    child.once('exit', (code, signal) => done([code, signal]));
  });

describe('the start time of a process', () => {
  test('is its own, and the same each time', async () => {
    const child = await startProcess();
    assert.ok(startTime(child.pid));
    assert.equal(startTime(child.pid), startTime(child.pid));
    assert.notEqual(startTime(child.pid), startTime(process.pid));
  });

  test('is none for a process that is over', async () => {
    const child = await startProcess();
    const exited = exitOf(child);
    child.kill('SIGKILL');
    await exited;
    assert.equal(startTime(child.pid), undefined);
  });

  test('is found also behind a name with spaces and parentheses', async () => {
    const rename = "process.title = 'a) S 1 2 (b'; console.log('ready'); setInterval(() => {}, 1000)";
    const child = spawn(process.execPath, ['-e', rename], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise((done) => child.stdout.once('data', done));
    const [own, its] = [startTime(process.pid), startTime(child.pid!)];
    assert.ok(own !== undefined && its !== undefined);
    if (process.platform === 'linux') assert.ok(Number(its) >= Number(own), `${its} after ${own}`);
  });
});

describe('a record of processes', () => {
  test('is read by the next launcher, which finds those that still run', async () => {
    const file = recordFile();
    const [one, other] = [await startProcess(), await startProcess()];
    const record = openRecord(file);
    record.add('PostgreSQL', one.pid);
    record.add('The API', other.pid);
    const exited = exitOf(other);
    other.kill('SIGKILL');
    await exited;
    assert.deepEqual(
      openRecord(file)
        .alive()
        .map(({ name, pid }) => [name, pid]),
      [['PostgreSQL', one.pid]],
    );
  });

  test('does not take a process that got a used id for the one it knew', async () => {
    const file = recordFile();
    const child = await startProcess();
    const entry = { name: 'PostgreSQL', pid: child.pid, startTime: 'another time' };
    writeFileSync(file, JSON.stringify([entry]));
    assert.equal(isAlive(entry), false);
    assert.deepEqual(openRecord(file).alive(), []);
    await end(entry);
    await sleep(100);
    assert.ok(startTime(child.pid), 'it is left alone');
  });

  test('knows one process by a name: a restarted part takes the place of the one before', async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    const record = openRecord(recordFile());
    record.add('The API', one.pid);
    record.add('The API', other.pid);
    assert.deepEqual(
      record.alive().map(({ pid }) => pid),
      [other.pid],
    );
    record.remove('The API');
    assert.deepEqual(record.alive(), []);
  });

  test('of a process that is gone already has no life', () => {
    const record = openRecord(recordFile());
    record.add('The API', 2 ** 22 + 1);
    assert.deepEqual(record.alive(), []);
  });

  test('that is cleared leaves no file, and may be cleared again', () => {
    const file = recordFile();
    const record = openRecord(file);
    record.add('launcher', process.pid);
    assert.match(readFileSync(file, 'utf8'), /launcher/);
    record.clear();
    record.clear();
    assert.deepEqual([existsSync(file), record.alive()], [false, []]);
  });

  for (const content of ['', '[{"name":', '{}', '[{"name":"x","pid":"1"}]']) {
    test(`that cannot be read (${content || 'an empty file'}) counts as empty`, () => {
      const file = recordFile();
      writeFileSync(file, content);
      assert.deepEqual(openRecord(file).alive(), []);
    });
  }
});

describe('the end of a process', () => {
  const entryOf = (pid: number) => ({ name: 'part', pid, startTime: startTime(pid) ?? '' });

  test('is asked for by SIGINT and waited for', async () => {
    const child = await startProcess('setTimeout(() => process.exit(7), 100)');
    const exited = exitOf(child);
    await end(entryOf(child.pid), 60_000);
    assert.equal(startTime(child.pid), undefined);
    assert.deepEqual(await exited, [7, null]);
  });

  test('is forced on one that does not heed', async () => {
    const child = await startProcess('');
    const exited = exitOf(child);
    await end(entryOf(child.pid), 100);
    assert.deepEqual(await exited, [null, 'SIGKILL']);
  });

  test('has come already for one that is gone', async () => {
    const child = await startProcess();
    const [entry, exited] = [entryOf(child.pid), exitOf(child)];
    child.kill('SIGKILL');
    await exited;
    await end(entry);
  });
});
