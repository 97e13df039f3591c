import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { quantile } from '../../../../local/console/scrapes/quantile.ts';

const BOUNDS = [1, 2, 4, Infinity];

describe('a quantile of a histogram', () => {
  it('lies inside its bucket as if observations lay evenly there', () => {
    assert.equal(quantile(0.5, BOUNDS, [0, 10, 10, 10]), 1.5);
    assert.equal(quantile(0.95, BOUNDS, [0, 10, 20, 20]), 3.8);
    assert.equal(quantile(0.5, BOUNDS, [4, 4, 4, 4]), 0.5);
    assert.equal(quantile(1, BOUNDS, [1, 2, 4, 4]), 4);
  });

  it('at the edge of a bucket is its upper bound, also where the next ones are empty', () => {
    assert.equal(quantile(0.5, BOUNDS, [5, 5, 5, 10]), 1);
    assert.equal(quantile(0.95, BOUNDS, [0, 19, 19, 20]), 2);
  });

  it('beyond the last finite bound is that bound', () => {
    assert.equal(quantile(0.99, BOUNDS, [5, 5, 5, 10]), 4);
    assert.equal(quantile(0.5, BOUNDS, [0, 0, 0, 1]), 4);
  });

  it('of nothing, or of an unknown number, is not known', () => {
    assert.equal(quantile(0.5, BOUNDS, [0, 0, 0, 0]), null);
    assert.equal(quantile(0.5, BOUNDS, [NaN, NaN, NaN, NaN]), null);
    assert.equal(quantile(0.5, BOUNDS, [NaN, 1, 2, 2]), null);
  });

  it('grows with its share and stays within the bounds of the bucket that holds its rank', () => {
    const buckets = fc
      .array(fc.nat(1000), { minLength: 4, maxLength: 4 })
      .filter((counts) => counts.some((n) => n > 0));
    const share = fc.double({ min: 0, minExcluded: true, max: 1, noNaN: true });
    fc.assert(
      fc.property(buckets, share, share, (counts, one, other) => {
        const cumulated = counts.map((_, index) => counts.slice(0, index + 1).reduce((sum, count) => sum + count));
        const [low, high] = [Math.min(one, other), Math.max(one, other)].map((each) =>
          quantile(each, BOUNDS, cumulated),
        );
        assert.ok(low != null && high != null && low <= high);
        const bucket = cumulated.findIndex((count) => count >= Math.max(one, other) * cumulated[3]!);
        assert.ok(high >= Math.min(BOUNDS[bucket - 1] ?? 0, 4) && high <= Math.min(BOUNDS[bucket]!, 4));
      }),
    );
  });
});
