import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { DURATION_BUCKETS, OPERATION_TYPES, STATUSES } from '../../../functions/contract/catalogue.ts';
import { foldOverflow } from '../../../functions/series/overflow.ts';
import { aggregate, type Sample } from '../../../functions/series/samples.ts';
import { seriesKey, type Labels } from '../../../functions/series/series.ts';

const duration = (value: number, rest: Partial<Sample> = {}): Sample => ({
  metric: 'prior_auth_request_duration_seconds',
  labels: { status: 'success' },
  value,
  ...rest,
});
const operation = (operation_type: string, value = 1): Sample => ({
  metric: 'prior_auth_database_operations_total',
  labels: { operation_type },
  value,
});

describe('aggregating samples', () => {
  it('adds counters by label set', () => {
    const series = aggregate([operation('a', 2), operation('b'), operation('a', 3)]);
    assert.deepEqual(
      series.map(({ labels, value }) => [labels['operation_type'], value]),
      [
        ['a', 5n],
        ['b', 1n],
      ],
    );
  });

  it('puts an observation into the bucket whose bound it does not exceed, and sums microseconds', () => {
    for (const [index, bound] of DURATION_BUCKETS.entries()) {
      assert.equal(aggregate([duration(bound)])[0]?.buckets?.[index], 1n, `${bound} belongs to le=${bound}`);
      assert.equal(aggregate([duration(bound + 1e-6)])[0]?.buckets?.[index + 1], 1n, `just above ${bound}`);
    }
    const [series] = aggregate([duration(0.1), duration(0.2), duration(0.0000004)]);
    assert.equal(series?.value, 300_000n);
  });

  it('adds up what has the same labels in another order, and keeps apart values that only begin alike', () => {
    const totals = (...labels: Labels[]) =>
      aggregate(labels.map((each) => ({ metric: 'prior_auth_requests_total', labels: each, value: 1 }))).map(
        ({ value }) => value,
      );
    assert.deepEqual(totals({ a: '1', b: '2' }, { b: '2', a: '1' }), [2n]);
    assert.deepEqual(totals({ a: '1', b: '12' }, { a: '11', b: '2' }, { a: '2', b: '1' }), [1n, 1n, 1n]);
  });

  it('takes labels in any order for the same series, and values for what they are', () => {
    const key = (...labels: [string, string][]) => seriesKey('m', Object.fromEntries(labels));
    assert.equal(key(['a', '1'], ['b', '2']), key(['b', '2'], ['a', '1']));
    assert.notEqual(key(['a', '1'], ['b', '2']), key(['a', '2'], ['b', '1']));
  });

  it('counts a value as often as it was observed', () => {
    const [series] = aggregate([duration(0.5, { times: 3 }), duration(0.25)]);
    assert.equal(series?.value, 1_750_000n);
    assert.equal(
      series.buckets?.reduce((sum, count) => sum + count, 0n),
      4n,
    );
  });

  it('keeps the newest exemplar of each bucket', () => {
    const exemplar = (traceId: string, at: number) => ({ exemplar: { traceId, at } });
    const [series] = aggregate([
      duration(0.03, exemplar('b', 2)),
      duration(0.04, exemplar('a', 1)),
      duration(0.05),
      duration(2.05, exemplar('c', 1)),
    ]);
    assert.deepEqual(series?.exemplars, {
      3: { traceId: 'b', at: 2, value: 0.03 },
      10: { traceId: 'c', at: 1, value: 2.05 },
    });
  });

  it('gives the same sums in any order and any grouping, and no bucket ever falls', () => {
    const sample = fc.oneof(
      fc.integer({ min: 0, max: 20_000_000 }).map((microseconds) => duration(microseconds / 1e6)),
      fc.constantFrom(...OPERATION_TYPES).map((type) => operation(type)),
    );
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1 }), fc.nat(), (samples, at) => {
        const split = at % samples.length;
        const whole = figures(samples);
        const parts = [figures(samples.slice(split)), figures(samples.slice(0, split))];
        for (const [key, all] of whole) {
          const added = all.map((_, i) => parts.reduce((sum, part) => sum + (part.get(key)?.[i] ?? 0n), 0n));
          assert.deepEqual(added, all);
          assert.ok(all.every((figure, i) => figure >= (parts[0]?.get(key)?.[i] ?? 0n)));
        }
      }),
    );
  });
});

function figures(samples: readonly Sample[]): Map<string, bigint[]> {
  return new Map(
    aggregate(samples).map(({ metric, labels, value, buckets = [] }) => [
      seriesKey(metric, labels),
      [value, ...buckets],
    ]),
  );
}

describe('the cap on the number of series', () => {
  const statuses = STATUSES.map((status): Sample => ({
    metric: 'prior_auth_requests_total',
    labels: { status },
    value: 1,
  }));

  it('leaves everything as it is below the cap', () => {
    assert.deepEqual(foldOverflow(statuses, [], statuses.length), statuses);
  });

  it('folds what is beyond it into the overflow series and counts what it folded', () => {
    const known = [seriesKey('prior_auth_requests_total', { status: 'error' })];
    const series = aggregate(foldOverflow([...statuses, ...statuses], known, 2));
    assert.deepEqual(
      series.map(({ metric, labels, value }) => [metric, labels, value]),
      [
        ['prior_auth_requests_total', { status: 'success' }, 2n],
        ['prior_auth_requests_total', { status: 'overflow' }, 6n],
        ['prior_auth_requests_total', { status: 'error' }, 2n],
        ['prior_auth_series_dropped_total', {}, 6n],
      ],
    );
  });

  it('never folds a metric without labels', () => {
    const sample: Sample = { metric: 'prior_auth_npi_check_failures_total', labels: {}, value: 1 };
    assert.deepEqual(foldOverflow([sample], [], 0), [sample]);
  });
});
