import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatDuration, formatShare } from '../../../../local/demo/where/duration.ts';

describe('a duration', () => {
  it('is written as the page of Jaeger writes it', () => {
    const written = { 0: '0μs', 92: '92μs', 999: '999μs', 1000: '1ms', 12_345: '12.35ms', 2_045_678: '2.05s' };
    for (const [microseconds, text] of Object.entries(written))
      assert.equal(formatDuration(Number(microseconds)), text);
  });
});

describe('a share', () => {
  it('is a whole per cent, with two decimals where it is small', () => {
    assert.equal(formatShare(1_999_000, 2_050_000), '98%');
    assert.equal(formatShare(10, 10), '100%');
    assert.equal(formatShare(5, 2050), '0.24%');
    assert.equal(formatShare(8, 42_000), '0.02%');
    assert.equal(formatShare(0, 10), '0%');
  });

  it('of nothing is nothing', () => {
    assert.equal(formatShare(0, 0), '0%');
  });
});
