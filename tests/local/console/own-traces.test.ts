import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createOwnTraces } from '../../../local/console/own-traces.ts';

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-01$/;

const idOf = (traceparent: string) => TRACEPARENT.exec(traceparent)?.[1] ?? '';

test('each trace is another one, sampled, and known as its own', () => {
  const ownTraces = createOwnTraces(10);
  const begun = [1, 2, 3].map(() => ownTraces.begin());
  for (const traceparent of begun) assert.match(traceparent, TRACEPARENT);
  assert.equal(new Set(begun.map(idOf)).size, 3);
  assert.ok(begun.every((traceparent) => ownTraces.has(idOf(traceparent))));
  assert.equal(ownTraces.has('ab'.repeat(16)), false);
});

test('above the bound the oldest is forgotten', () => {
  const ownTraces = createOwnTraces(2);
  const ids = [1, 2, 3].map(() => idOf(ownTraces.begin()));
  assert.deepEqual(
    ids.map((id) => ownTraces.has(id)),
    [false, true, true],
  );
});
