import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBreaker } from '../../../../layers/otel/export/breaker.ts';

function withClock() {
  const clock = { now: 1_000_000 };
  return { clock, breaker: createBreaker(() => clock.now) };
}

describe('breaker', () => {
  it('opens for 30 s at the third failure in a row, and says so once', () => {
    const { clock, breaker } = withClock();
    assert.deepEqual(
      [breaker.failed(), breaker.admits(), breaker.failed(), breaker.admits()],
      [undefined, true, undefined, true],
    );
    assert.equal(breaker.failed(), 30_000);
    assert.equal(breaker.admits(), false);
    clock.now += 29_999;
    assert.equal(breaker.admits(), false);
    clock.now += 1;
    assert.equal(breaker.admits(), true);
  });

  it('counts failures in a row only', () => {
    const { breaker } = withClock();
    for (let i = 0; i < 10; i++) {
      breaker.failed();
      breaker.failed();
      assert.equal(breaker.succeeded(), false);
    }
    assert.equal(breaker.admits(), true);
  });

  it('lets one trial through after the rest, while others wait for its outcome', () => {
    const { clock, breaker } = withClock();
    for (let i = 0; i < 3; i++) breaker.failed();
    clock.now += 30_000;
    assert.deepEqual([breaker.admits(), breaker.admits()], [true, false]);
    assert.equal(breaker.failed(), undefined, 'an outage under way is not said again');
    clock.now += 29_999;
    assert.equal(breaker.admits(), false);
    clock.now += 1;
    assert.equal(breaker.admits(), true);
    assert.equal(breaker.succeeded(), true, 'the end of the outage is said');
    assert.deepEqual([breaker.admits(), breaker.admits()], [true, true]);
    assert.equal(breaker.succeeded(), false);
  });

  it('rests at once for as long as the collector asks, at most five minutes', () => {
    const { clock, breaker } = withClock();
    assert.equal(breaker.failed(7000), 7000);
    clock.now += 6999;
    assert.equal(breaker.admits(), false);
    clock.now += 1;
    assert.equal(breaker.admits(), true);
    assert.equal(withClock().breaker.failed(86_400_000), 300_000);
  });

  it('does not rest less than 30 s at the third failure because the collector asks for less', () => {
    const { breaker } = withClock();
    breaker.failed();
    breaker.failed();
    assert.equal(breaker.failed(1000), 30_000);
  });
});
