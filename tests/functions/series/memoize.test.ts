import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'vitest';
import { memoizeByText } from '../../../functions/series/memoize.ts';

let read: unknown[];
let memoized: (json: unknown) => unknown;

beforeEach(() => {
  read = [];
  memoized = memoizeByText((json) => {
    read.push(json);
    if (json === 'poison') throw new Error('poison');
    return { of: json };
  });
});

describe('a memoized reader', () => {
  it('reads values of one text once, and each other text for itself', () => {
    assert.deepEqual(memoized({ a: [1] }), { of: { a: [1] } });
    assert.deepEqual(memoized({ a: [1] }), { of: { a: [1] } });
    assert.deepEqual(memoized({ a: [2] }), { of: { a: [2] } });
    assert.deepEqual(read, [{ a: [1] }, { a: [2] }]);
  });

  it('takes what is absent for null, which has a text', () => {
    memoized(undefined);
    memoized(null);
    assert.equal(read.length, 1);
  });

  it('throws each time what reading throws', () => {
    for (let time = 0; time < 2; time++) assert.throws(() => memoized('poison'), /poison/);
    assert.equal(read.length, 2);
  });

  it('keeps a bounded number of results', () => {
    for (let value = 0; value < 65; value++) memoized(value);
    memoized(64);
    assert.equal(read.length, 65);
    memoized(0);
    assert.equal(read.length, 66);
  });

  it('keeps nothing of a long text', () => {
    const long = 'x'.repeat(1023);
    memoized(long);
    memoized(long);
    assert.equal(read.length, 2);
    memoized(long.slice(1));
    memoized(long.slice(1));
    assert.equal(read.length, 3);
  });
});
