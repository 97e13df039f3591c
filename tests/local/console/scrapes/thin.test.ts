import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { SLOWEST_KEPT, thin, type BucketExemplar } from '../../../../local/console/scrapes/thin.ts';
import { NOON, traceID } from './fixtures.ts';

const MOST = 100;
let last = 0;

function exemplar(seconds: number, value: number, bucket = 'success 0.05'): BucketExemplar {
  last += 1;
  return { traceID: traceID(last), at: NOON + seconds, value, status: 'success', bucket };
}

const any = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 50 }), fc.nat(69))
  .map(([at, value, bucket]) => exemplar(at, value, `success ${bucket}`));

describe('thinned exemplars', () => {
  it('are all of them, oldest first, when there are few', () => {
    const few = Array.from({ length: MOST }, (_, index) => exemplar(index < 50 ? index : 3600, 0.04));
    assert.deepEqual(
      thin(few.toReversed(), MOST).map(({ at }) => at),
      few.map(({ at }) => at),
    );
  });

  it('are at most as many as asked for, oldest first, the newest of each bucket and the slowest among them', () => {
    fc.assert(
      fc.property(fc.array(any, { minLength: MOST - 5, maxLength: 4 * MOST }), (exemplars) => {
        const kept = thin(exemplars, MOST);
        assert.ok(kept.length <= MOST);
        assert.equal(new Set(kept).size, kept.length);
        assert.ok(kept.every((each, index) => exemplars.includes(each) && each.at >= (kept[index - 1]?.at ?? 0)));
        const leftOut = exemplars.filter((each) => !kept.includes(each));
        const atLeast = kept.map(({ value }) => value).toSorted((a, b) => b - a)[SLOWEST_KEPT - 1] ?? 0;
        assert.ok(leftOut.every(({ value }) => value <= atLeast));
        for (const { bucket, at } of leftOut) {
          assert.ok(
            kept.some((each) => each.bucket === bucket && each.at >= at),
            bucket,
          );
        }
      }),
    );
  });

  it('of a quiet hour with a burst in it show the hour', () => {
    const hour = Array.from({ length: 60 }, (_, minute) => exemplar(60 * minute, 0.01));
    const burst = Array.from({ length: 5000 }, (_, index) => exemplar(1800 + index / 1000, 0.04));
    const kept = thin([...hour, ...burst], MOST);
    assert.ok(hour.filter((each) => kept.includes(each)).length >= 58);
    assert.ok(burst.filter((each) => kept.includes(each)).length <= SLOWEST_KEPT + 3);
  });

  it('are the slowest of their time', () => {
    const pairs = Array.from({ length: 1000 }, (_, second) => [exemplar(second, 0.04), exemplar(second, 0.01)]);
    const slow = Array.from({ length: SLOWEST_KEPT }, (_, index) => exemplar(index, 9));
    const newest = exemplar(1001, 0.005);
    const kept = thin([...pairs.flat(), ...slow, newest], MOST);
    assert.equal(kept.length, MOST);
    assert.deepEqual(
      kept.filter(({ value }) => value < 0.04),
      [newest],
    );
  });

  it('of one moment are the newest of each bucket and the slowest', () => {
    const kept = thin(times(300), MOST);
    assert.ok(kept.length >= SLOWEST_KEPT && kept.length <= MOST);
  });
});

function times(count: number): BucketExemplar[] {
  return Array.from({ length: count }, (_, index) => exemplar(0, index));
}
