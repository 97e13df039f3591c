import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, test, type Mock, vi } from 'vitest';
import type { ProcessRecord } from '../../../local/machine/processes.ts';
import { supervise, type Part } from '../../../local/machine/supervise.ts';
import { until } from '../../end-to-end/stack.ts';

/** A part that ends when it is told to, as a child process does. */
interface FakePart extends Part {
  readonly stop: Mock<() => Promise<void>>;
  readonly die: () => void;
}

const PAUSE_MS = 100;
let parts: FakePart[];
let recorded: Record<string, number>;
let said: string[];

vi.spyOn(console, 'error').mockImplementation((line: string) => void said.push(line));
beforeEach(() => {
  [parts, recorded, said] = [[], {}, []];
});

const record: ProcessRecord = {
  add: (name, pid) => void (recorded[name] = pid),
  remove: (name) => {
    recorded = Object.fromEntries(Object.entries(recorded).filter(([one]) => one !== name));
  },
  alive: () => [],
  clear: () => (recorded = {}),
};

/** Tells its id when it has a process, as a part does that takes long to come up. */
function startPart(onSpawn: (pid: number) => void): Promise<FakePart> {
  const ended = Promise.withResolvers<undefined>();
  const die = () => ended.resolve(undefined);
  const stop = () => {
    die();
    return Promise.resolve();
  };
  const part = { pid: parts.length + 1, ended: ended.promise, die, stop: vi.fn(stop) };
  parts.push(part);
  onSpawn(part.pid);
  return Promise.resolve(part);
}

const stopsOf = (part: FakePart | undefined) => part?.stop.mock.calls.length;
const neverGivesUp = (error: Error) => assert.fail(error);

describe('a supervised part', () => {
  test('is recorded while it is up, and stops when it is asked to, without a word', async () => {
    const supervised = await supervise('PostgreSQL', startPart, record, neverGivesUp, PAUSE_MS);
    assert.deepEqual(recorded, { PostgreSQL: 1 });
    await supervised.stop();
    assert.deepEqual([recorded, parts.length, said], [{}, 1, []]);
  });

  test('that dies is started again as often as it dies, with a line for the end and one for the return', async () => {
    const supervised = await supervise('PostgreSQL', startPart, record, neverGivesUp, PAUSE_MS);
    for (const deaths of [1, 2]) {
      parts.at(-1)?.die();
      await sleep(10);
      assert.deepEqual([parts.length, recorded], [deaths + 1, { PostgreSQL: deaths + 1 }]);
    }
    assert.deepEqual(said, [
      'PostgreSQL ended unexpectedly; starting it again.',
      'PostgreSQL is up again.',
      'PostgreSQL ended unexpectedly; starting it again.',
      'PostgreSQL is up again.',
    ]);
    await supervised.stop();
    assert.deepEqual([parts.length, recorded], [3, {}]);
  });

  test('that does not come up at first is tried again', async () => {
    let failures = 0;
    const start: typeof startPart = (onSpawn) =>
      parts.length === 1 && failures++ < 2 ? Promise.reject(new Error('port taken')) : startPart(onSpawn);
    const supervised = await supervise('The API', start, record, neverGivesUp, PAUSE_MS);
    parts[0]?.die();
    await until(
      () => said.includes('The API is up again.'),
      20_000,
      () => `${failures} tries`,
    );
    assert.deepEqual([failures, recorded], [3, { 'The API': 2 }]);
    await supervised.stop();
  });

  test('that never comes up again is given up, with the reason', async () => {
    const reason = new Error('disk full');
    const start: typeof startPart = (onSpawn) => (parts.length === 1 ? Promise.reject(reason) : startPart(onSpawn));
    const gaveUp = Promise.withResolvers<Error>();
    await supervise('PostgreSQL', start, record, gaveUp.resolve, PAUSE_MS);
    parts[0]?.die();
    const error = await gaveUp.promise;
    assert.deepEqual([error.message, error.cause], ['PostgreSQL cannot be started again', reason]);
  });

  test('that fails at its first start is the caller’s to know', async () => {
    const start = () => Promise.reject(new Error('no such program'));
    await assert.rejects(supervise('The API', start, record, neverGivesUp, PAUSE_MS), { message: 'no such program' });
    assert.deepEqual(recorded, {});
  });
});

describe('a stop during a restart', () => {
  test('waits for the part that is coming up and stops that one too', async () => {
    const slow = Promise.withResolvers<undefined>();
    const start: typeof startPart = async (onSpawn) => {
      if (parts.length === 1) await slow.promise;
      return startPart(onSpawn);
    };
    const supervised = await supervise('PostgreSQL', start, record, neverGivesUp, PAUSE_MS);
    parts[0]?.die();
    await sleep(5);
    const stopped = supervised.stop();
    await sleep(5);
    slow.resolve(undefined);
    await stopped;
    assert.deepEqual([parts.length, stopsOf(parts[1]), recorded], [2, 1, {}]);
    await sleep(5);
    assert.equal(parts.length, 2, 'and it is not started a third time');
  });

  test('that fails is the end of the attempts, and no news', async () => {
    let failures = 0;
    const start: typeof startPart = (onSpawn) => {
      if (parts.length === 0) return startPart(onSpawn);
      failures++;
      return Promise.reject(new Error('port taken'));
    };
    const supervised = await supervise('PostgreSQL', start, record, neverGivesUp, PAUSE_MS);
    parts[0]?.die();
    await until(
      () => failures === 1,
      20_000,
      () => 'it was not tried',
    );
    await supervised.stop();
    assert.deepEqual([failures, recorded], [2, {}], 'the try after the pause is the last one');
  });
});
