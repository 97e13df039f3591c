import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Sample as Counted } from '../../../../functions/series/samples.ts';
import { Charts, type ChartSeries } from '../../../../local/console/contract.ts';
import { toCharts } from '../../../../local/console/scrapes/charts.ts';
import { createHistory } from '../../../../local/console/scrapes/history.ts';
import { historyOf, NOON, scrape, submitted, times, traceID } from './fixtures.ts';

function valuesOf(chart: readonly ChartSeries[], name: string) {
  return chart.find((series) => series.name === name)?.values;
}

function counted(metric: Counted['metric'], labels: Record<string, string>, value: number): Counted[] {
  return [{ metric, labels, value }];
}

describe('the charts', () => {
  it('name their series in the order of the catalogue', () => {
    const charts = toCharts(createHistory());
    const names = (chart: readonly ChartSeries[]) => chart.map(({ name }) => name);
    assert.deepEqual(names(charts.requests), ['success', 'validation_error', 'conflict', 'replayed', 'error']);
    assert.deepEqual(names(charts.latency), ['p50', 'p95', 'p99']);
    assert.deepEqual(names(charts.operations), [
      'generate_request_id',
      'insert_request',
      'insert_audit_event',
      'insert_idempotency_key',
      'read_idempotency_key',
      'read_request',
    ]);
    assert.deepEqual(names(charts.failures), [
      'member_id',
      'provider_npi',
      'diagnosis_code',
      'requested_service',
      'idempotency_key',
      'body',
    ]);
    assert.deepEqual(names(charts.bridge), ['counted', 'duplicate', 'quarantined', 'reconciled']);
    assert.deepEqual(names(charts.uncounted), ['uncounted requests']);
  });

  it('before the first scrape are empty and hold to the contract', () => {
    const charts = toCharts(createHistory());
    assert.deepEqual(Charts.parse(charts), charts);
    assert.deepEqual([charts.times, charts.failure, charts.exemplars], [[], null, []]);
    assert.deepEqual(charts.requests[0], { name: 'success', values: [] });
  });

  it('have one value for each scrape, null where nothing is known, and why the last one failed', () => {
    const charts = toCharts(historyOf([], submitted(0.04), null));
    assert.deepEqual(Charts.parse(charts), charts);
    assert.deepEqual(charts.times, [NOON, NOON + 5, NOON + 10]);
    assert.equal(charts.failure, '/metrics answered 503');
    assert.deepEqual(valuesOf(charts.requests, 'success'), [null, 0.2, null]);
    assert.deepEqual(valuesOf(charts.requests, 'error'), [null, 0, null]);
    assert.deepEqual(valuesOf(charts.latency, 'p50'), [null, 0.0375, null]);
    assert.deepEqual(valuesOf(charts.uncounted, 'uncounted requests'), [0, 0, null]);
  });

  it('are per second, each of its own counter', () => {
    const charts = toCharts(
      historyOf(
        [],
        [
          ...times(5, submitted(0.04, { status: 'conflict' })),
          ...counted('prior_auth_database_operations_total', { operation_type: 'insert_audit_event' }, 10),
          ...counted('prior_auth_validation_failures_total', { field: 'provider_npi' }, 15),
          ...counted('prior_auth_bridge_events_total', { outcome: 'reconciled' }, 20),
        ],
      ),
    );
    const moved = [charts.requests, charts.operations, charts.failures, charts.bridge].map((chart) =>
      chart.filter(({ values }) => values[1] !== 0).map(({ name, values }) => [name, values[1]]),
    );
    assert.deepEqual(moved, [
      [['conflict', 1]],
      [['insert_audit_event', 2]],
      [['provider_npi', 3]],
      [['reconciled', 4]],
    ]);
  });

  it('tell the ordinary submit from the slow one', () => {
    const { latency } = toCharts(historyOf([], [...times(97, submitted(0.04)), ...times(3, submitted(2.05))]));
    const last = latency.map(({ values }) => values[1]);
    // Rank 50 and 95 of 97 between 0.025 and 0.05; rank 99, the second of 3, between 2 and 2.5.
    assert.deepEqual(last, [0.03789, 0.04948, 2.333]);
  });

  it('take the requests of all statuses for the quantiles', () => {
    const { latency } = toCharts(historyOf([], [...submitted(0.04), ...times(9, submitted(9, { status: 'error' }))]));
    assert.equal(valuesOf(latency, 'p50')?.[1], 7.222);
  });

  it('reckon a quantile from whole counts, so that a rank at the edge of a bucket is there', () => {
    const { latency } = toCharts(historyOf([], [], [], [...times(99, submitted(0.04)), ...submitted(9)]));
    assert.equal(valuesOf(latency, 'p99')?.[3], 0.05);
  });

  it('have no quantile for a minute without requests', () => {
    const once = submitted(0.04);
    const { latency } = toCharts(historyOf([], once, ...times(13, [once])));
    const p99 = valuesOf(latency, 'p99');
    assert.deepEqual(p99?.slice(0, 2), [null, 0.04975]);
    assert.deepEqual(p99.slice(12), [0.04975, null, null]);
  });

  it('round to four digits, but not the gauge, which counts', () => {
    const history = historyOf([], times(7, submitted(0.04)), [...times(7, submitted(0.04))]);
    const gauge = { series: '', name: 'prior_auth_uncounted_requests', labels: {}, value: 123_456 };
    history.add({ ...scrape(NOON + 15, times(7, submitted(0.04))), samples: [gauge] });
    history.add(scrape(NOON + 35, times(7, submitted(0.04))));
    const charts = toCharts(history);
    assert.deepEqual(valuesOf(charts.requests, 'success'), [null, 1.4, 0.7, null, 0.2]);
    assert.equal(valuesOf(charts.uncounted, 'uncounted requests')?.[3], 123_456);
    history.add(scrape(NOON + 53, times(19, submitted(0.04))));
    assert.equal(valuesOf(toCharts(history).requests, 'success')?.at(-1), 0.3585);
  });

  it('have no quantile while a part of the buckets has fallen: the rest counts in another database too', () => {
    const { latency } = toCharts(
      historyOf(submitted(0.001), submitted(0.006), [...submitted(0.001), ...submitted(0.02)]),
    );
    for (const { values } of latency) assert.deepEqual(values, [null, null, null]);
  });

  it('show at most 200 exemplars, oldest first, without the bucket that the contract does not know', () => {
    const history = createHistory();
    for (let index = 0; index < 300; index += 1) {
      const at = NOON + 5 * index;
      history.add(scrape(at, submitted(index === 7 ? 0.05 : 0.04, { trace: index, at })));
    }
    const { exemplars, ...charts } = toCharts(history);
    assert.ok(exemplars.length > 150 && exemplars.length <= 200, String(exemplars.length));
    assert.ok(exemplars.every(({ at }, index) => at > (exemplars[index - 1]?.at ?? 0)));
    const slow = { traceID: traceID(7), at: NOON + 35, value: 0.05, status: 'success' };
    assert.deepEqual(
      exemplars.find(({ value }) => value === 0.05),
      slow,
    );
    assert.deepEqual(Charts.parse({ ...charts, exemplars }), { ...charts, exemplars });
  });

  it('have quantiles in their order, within the buckets, and no negative rate, whatever happens', () => {
    const requests = fc.array(fc.integer({ min: 0, max: 20_000_000 }).map((microseconds) => microseconds / 1e6));
    const step = fc.record({ requests, fails: fc.boolean(), isReset: fc.nat(9).map((number) => number === 0) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let all: Counted[] = [];
        const charts = toCharts(
          historyOf(
            ...steps.map((each) => {
              all = [...(each.isReset ? [] : all), ...each.requests.flatMap((seconds) => submitted(seconds))];
              return each.fails ? null : all;
            }),
          ),
        );
        const [p50, p95, p99] = charts.latency.map(({ values }) => values);
        for (const index of charts.times.keys()) {
          const quantiles = [p50, p95, p99].map((values) => values?.[index] ?? null);
          if (quantiles.includes(null)) assert.deepEqual(quantiles, [null, null, null]);
          else
            assert.ok(quantiles.every((value, at) => value! > 0 && value! <= 10 && value! >= (quantiles[at - 1] ?? 0)));
        }
        assert.ok(charts.requests.every(({ values }) => values.every((value) => value === null || value >= 0)));
      }),
    );
  });
});
