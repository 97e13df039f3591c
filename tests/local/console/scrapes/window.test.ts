import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { increases, rates } from '../../../../local/console/scrapes/window.ts';

const GAP = NaN;

function every5s(values: readonly number[]) {
  const times = Float64Array.from(values, (_, index) => 1000 + 5 * index);
  return [times, Float64Array.from(values)] as const;
}

const ratesOf = (...values: readonly number[]) => [...rates(...every5s(values))];
const increasesOf = (...values: readonly number[]) => [...increases(...every5s(values))];

describe('the rise of a counter over the last minute', () => {
  it('is what it rose by since the oldest value of the minute, divided by the time between', () => {
    assert.deepEqual(increasesOf(10, 10, 15, 16), [NaN, 0, 5, 6]);
    assert.deepEqual(ratesOf(10, 10, 15, 16), [NaN, 0, 0.5, 0.4]);
  });

  it('reaches back sixty seconds and no further', () => {
    const counter = [0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 112, 112, 112];
    assert.deepEqual(increasesOf(...counter).slice(11), [100, 112, 12, 12]);
    assert.deepEqual(ratesOf(...counter).slice(12), [112 / 60, 0.2, 0.2]);
    const late = [Float64Array.of(0, 60.001, 61), Float64Array.of(1, 2, 4)] as const;
    assert.deepEqual([...increases(...late)], [NaN, NaN, 2]);
  });

  it('is not known where there is no value, and passes over gaps', () => {
    assert.deepEqual(increasesOf(GAP, 1, GAP, 3, GAP), [NaN, NaN, NaN, 2, NaN]);
    assert.deepEqual(ratesOf(1, GAP, GAP, 4), [NaN, NaN, NaN, 0.2]);
    assert.deepEqual(increasesOf(GAP, GAP), [NaN, NaN]);
    const afterMinute = [1, ...Array.from({ length: 12 }, () => GAP), 9, 10];
    assert.deepEqual(increasesOf(...afterMinute).slice(12), [NaN, NaN, 1]);
  });

  it('is not known as long as the minute has a value from before the counter fell, even where it has passed its old value since', () => {
    const rising = Array.from({ length: 13 }, (_, index) => 5 + 20 * index);
    assert.deepEqual(increasesOf(50, 60, GAP, ...rising).slice(3), [...rising.slice(2).map(() => NaN), 220, 240]);
  });

  it('is never negative, and known exactly where the minute has two values and no fall', () => {
    const value = fc.oneof({ weight: 5, arbitrary: fc.nat(50) }, { weight: 1, arbitrary: fc.constant(GAP) });
    const scrapes = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), value, fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(scrapes, (steps) => {
        let [time, counter] = [1000, 0];
        const points = steps.map(([seconds, by, isReset]) => {
          time += seconds;
          if (!Number.isNaN(by)) counter = isReset && by < 5 ? 0 : counter + by;
          return { time, value: Number.isNaN(by) ? GAP : counter };
        });
        const columns = [points.map((point) => point.time), points.map((point) => point.value)] as const;
        const found = rates(Float64Array.from(columns[0]), Float64Array.from(columns[1]));
        assert.deepEqual(
          [...found],
          points.map((_, index) => rateByDefinition(points.slice(0, index + 1))),
        );
        assert.ok(found.every((rate) => Number.isNaN(rate) || rate >= 0));
      }),
    );
  });
});

/** The definition, word for word and slowly. */
function rateByDefinition(points: readonly { time: number; value: number }[]): number {
  const now = points.at(-1)!;
  const minute = points.filter(({ time, value }) => time >= now.time - 60 && !Number.isNaN(value));
  const oldest = minute[0];
  if (Number.isNaN(now.value) || oldest === undefined || minute.length < 2) return NaN;
  if (minute.some(({ value }, index) => value < (minute[index - 1]?.value ?? 0))) return NaN;
  return (now.value - oldest.value) / (now.time - oldest.time);
}
