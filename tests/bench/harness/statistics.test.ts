import assert from 'node:assert/strict';
import { test } from 'vitest';
import { quantile, summarize } from '../../../bench/harness/statistics.ts';

test('a median is the middle sample, or half-way between the two in the middle, in whatever order they come', () => {
  assert.equal(summarize([30, 10, 20]).median, 20);
  assert.equal(summarize([40, 10, 20, 30]).median, 25);
  assert.equal(summarize([10, 9, 100]).median, 10);
});

test('a quantile lies between the nearest samples in proportion', () => {
  assert.deepEqual(summarize([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), { count: 11, min: 1, median: 6, p90: 10 });
  assert.equal(quantile([0, 10], 0.9), 9);
});

test('one sample is every quantile of itself, and none has no quantile', () => {
  assert.deepEqual(summarize([7]), { count: 1, min: 7, median: 7, p90: 7 });
  assert.deepEqual(summarize([]), { count: 0, min: NaN, median: NaN, p90: NaN });
});

test('samples stay in the order in which they were taken', () => {
  const samples = [3, 1, 2];
  summarize(samples);
  assert.deepEqual(samples, [3, 1, 2]);
});
