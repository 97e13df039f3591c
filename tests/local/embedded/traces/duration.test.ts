import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it, test } from 'vitest';
import { formatDuration, formatShare, parseDuration } from '../../../../local/embedded/traces/duration.ts';

test('durations are read in every unit, with fractions and in several parts', () => {
  const expected = {
    '100ms': 100_000,
    '1.2s': 1_200_000,
    '1500us': 1_500,
    '1500µs': 1_500,
    '1500μs': 1_500,
    '250ns': 0.25,
    '.5m': 30_000_000,
    '2.s': 2_000_000,
    '1h30m': 5_400_000_000,
    '2d': 172_800_000_000,
    '0': 0,
    '0s': 0,
  };
  for (const [text, microseconds] of Object.entries(expected)) assert.equal(parseDuration(text), microseconds, text);
});

test('what is no duration is refused', () => {
  for (const text of ['', '1', '5', 'ms', '1 s', '-1s', '+1s', '1s ', '1x', '1sx', '.s', '1e3s', '1,5s', 'Infinity']) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

test('parts written one after the other add up', () => {
  const part = fc
    .tuple(fc.nat(1_000_000), fc.constantFrom('us', 'ms', 's', 'm', 'h'))
    .map(([n, unit]) => `${n}${unit}`);
  fc.assert(
    fc.property(part, part, (first, second) => {
      assert.equal(parseDuration(first + second), (parseDuration(first) ?? NaN) + (parseDuration(second) ?? NaN));
    }),
  );
});

describe('a duration', () => {
  it('is written as the page of Jaeger writes it', () => {
    const written = {
      0: '0μs',
      92: '92μs',
      999: '999μs',
      1000: '1ms',
      12_345: '12.35ms',
      2_045_678: '2.05s',
      999_996: '1s',
    };
    assert.equal(formatDuration(-5000), '-5ms');
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
