import assert from 'node:assert/strict';
import { test } from 'vitest';
import { interleave } from '../../../bench/harness/interleave.ts';

function recorder() {
  const taken: string[] = [];
  const candidate = (name: string) => () => {
    taken.push(name);
    return Promise.resolve(`${name}${taken.length}`);
  };
  return { taken, candidates: { a: candidate('a'), b: candidate('b'), c: candidate('c') } };
}

test('each candidate has its turn in every round, and the first round is not counted', async () => {
  const { taken, candidates } = recorder();
  const bench = { progress: () => undefined, rounds: (byDefault: number) => byDefault };
  const samples = await interleave(bench, 2, candidates);
  assert.equal(taken.join(' '), 'a b c a b c a b c');
  assert.deepEqual(samples, { a: ['a4', 'a7'], b: ['b5', 'b8'], c: ['c6', 'c9'] });
});

test('the command line has the last word on the number of rounds', async () => {
  const { candidates } = recorder();
  const progress: string[] = [];
  const bench = { progress: (line: string) => progress.push(line), rounds: () => 1 };
  assert.equal((await interleave(bench, 20, candidates)).a.length, 1);
  assert.deepEqual(progress, ['warm-up round', 'round 1 of 1']);
});
