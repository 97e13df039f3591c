import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { chooseRange } from '../../../../../local/console/page/metrics/range.ts';

const past = (seconds: number) => [1000, 1000 + seconds];

describe('the time range of the charts', () => {
  it('is the shortest that holds all there is', () => {
    assert.equal(chooseRange(null, []), '5m');
    assert.equal(chooseRange(null, past(300)), '5m');
    assert.equal(chooseRange(null, past(301)), '15m');
    assert.equal(chooseRange(null, past(901)), '1h');
  });

  it('is what was asked for, if there is such a range', () => {
    assert.equal(chooseRange('1h', past(10)), '1h');
    assert.equal(chooseRange('toString', past(10)), '5m');
    assert.equal(chooseRange('2d', past(10)), '5m');
  });
});
