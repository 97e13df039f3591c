import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { formatValue } from '../../../../../local/console/page/metrics/units.ts';

describe('a value of a chart', () => {
  it('is written in its unit with two significant digits', () => {
    assert.equal(formatValue(0.016_67, 'per second'), '0.017/s');
    assert.equal(formatValue(0, 'per second'), '0/s');
    assert.equal(formatValue(2.0456, 'seconds'), '2s');
    assert.equal(formatValue(0.012_34, 'seconds'), '12ms');
    assert.equal(formatValue(137, 'requests'), '137');
  });

  it('that is not known is a dash', () => {
    assert.equal(formatValue(null, 'seconds'), '–');
    assert.equal(formatValue(undefined, 'requests'), '–');
  });
});
