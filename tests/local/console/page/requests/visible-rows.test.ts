import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { visibleRows } from '../../../../../local/console/page/requests/visible-rows.ts';

describe('the rows in the document', () => {
  it('are those in sight and eight beyond', () => {
    assert.deepEqual(visibleRows({ scrolled: -200, height: 800, row: 30 }, 5000), { from: 0, to: 28 });
    assert.deepEqual(visibleRows({ scrolled: 30_000, height: 900, row: 30 }, 5000), { from: 992, to: 1038 });
    assert.deepEqual(visibleRows({ scrolled: 149_100, height: 900, row: 30 }, 5000), { from: 4962, to: 5000 });
  });

  it('are all of a short list, and none of none', () => {
    assert.deepEqual(visibleRows({ scrolled: -200, height: 800, row: 30 }, 3), { from: 0, to: 3 });
    assert.deepEqual(visibleRows({ scrolled: 0, height: 800, row: 30 }, 0), { from: 0, to: 0 });
  });

  it('are fewer than a hundred and cover what is in sight, wherever the list is scrolled to', () => {
    const sight = fc.record({
      scrolled: fc.integer({ min: -2000, max: 200_000 }),
      height: fc.integer({ min: 100, max: 2000 }),
      row: fc.integer({ min: 30, max: 90 }),
    });
    fc.assert(
      fc.property(sight, fc.nat(6000), (given, rows) => {
        const { from, to } = visibleRows(given, rows);
        assert.ok(to - from < 100 && from >= 0 && to <= rows && from <= to);
        const first = Math.max(0, Math.floor(given.scrolled / given.row));
        const last = Math.min(rows - 1, Math.floor((given.scrolled + given.height - 1) / given.row));
        for (const row of [first, last]) if (first <= last) assert.ok(from <= row && row < to, `row ${row}`);
      }),
    );
  });
});
