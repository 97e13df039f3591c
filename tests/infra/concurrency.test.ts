import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { assignable, RESERVATION_MINIMUM, shareOut } from '../../infra/concurrency.ts';

const total = fc.integer({ min: RESERVATION_MINIMUM, max: 5000 });

test('what is reserved is shared out to the last execution, and every function gets some', () => {
  fc.assert(
    fc.property(total, (executions) => {
      const shares = Object.values(shareOut(executions));
      assert.equal(
        shares.reduce((sum, share) => sum + share, 0),
        executions,
      );
      assert.ok(shares.every((share) => Number.isInteger(share) && share >= 1));
    }),
  );
});

test('submits get the most, and one timer and one migrator are enough', () => {
  assert.deepEqual(shareOut(50), {
    health: 2,
    metrics: 2,
    reconcile: 1,
    migrate: 1,
    status: 11,
    bridge: 4,
    submit: 29,
  });
  assert.deepEqual(shareOut(RESERVATION_MINIMUM), {
    health: 2,
    metrics: 2,
    reconcile: 1,
    migrate: 1,
    status: 1,
    bridge: 1,
    submit: 4,
  });
});

test('a database of more capacity bears more connections, up to what PostgreSQL is given at most', () => {
  assert.equal(assignable({ least: 0.5, most: 1 }), 169);
  assert.equal(assignable({ least: 1, most: 2.5 }), 358);
  assert.equal(assignable({ least: 1, most: 256 }), 4980);
  assert.equal(assignable({ least: 0.5, most: 256 }), 1980);
});
