import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import type { Bench } from '../../../bench/harness/benchmark.ts';
import { startLanes } from '../../../bench/submit/lanes.ts';

/** More than Node lets an emitter have listeners of one event before it warns. */
const ROUNDS = 12;

test('round after round a lane keeps no listener of the last one', async (t) => {
  const warnings: string[] = [];
  const note = ({ name }: Error) => void warnings.push(name);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const cleanups: (() => unknown)[] = [];
  const bench: Bench = {
    progress: () => undefined,
    cleanup: (work) => cleanups.push(work),
    folder: '',
    rounds: (byDefault) => byDefault,
    seenIds: 0,
  };
  t.after(() => Promise.all(cleanups.map((work) => work())));
  const submit = startLanes(bench, '../../tests/bench/submit/fixtures/idle-loop.ts', 1, {});
  for (let round = 0; round < ROUNDS; round++) await submit(1);
  await setImmediate();
  assert.deepEqual(warnings, []);
});
