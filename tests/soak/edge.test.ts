/** The ports of `npm run local`, to a hundred thousand odd requests. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { startTime } from '../../local/machine/processes.ts';
import { partOf, startStack, submit } from '../end-to-end/stack.ts';
import { sendOdd } from './odd-requests.ts';

const REQUESTS = 100_000;

describe('odd requests', () => {
  test('end nothing, are told nothing of what they hold, and fail nothing', { timeout: 3_600_000 }, async () => {
    const stack = await startStack();
    const api = partOf(stack, 'The API').pid;
    const started = startTime(api);
    const seed = Date.now() % 1_000_000;
    for (const address of [stack.api, stack.lambda]) {
      const { statuses, faults } = await sendOdd(Number(new URL(address).port), REQUESTS / 2, seed);
      console.log(`seed ${seed}:`, Object.fromEntries([...statuses].sort()));
      assert.deepEqual(Object.fromEntries(faults), {});
    }
    assert.equal(startTime(api), started);
    assert.equal((await submit(stack)).status, 201);
    assert.doesNotMatch(stack.output(), /ended unexpectedly/);
  });
});
