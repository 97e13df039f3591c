import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { findUnitFault, quantityOf } from '../../../local/doctor/units.ts';

describe('what an expression measures', () => {
  it('is read from the names of metrics and functions', () => {
    const quantities = {
      'sum(prior_auth_database_operations_total)': 'number',
      'sum by (status) (rate(prior_auth_requests_total{job="x"}[1m]))': 'number',
      'up{job="x"}': 'number',
      'histogram_quantile(0.95, sum by (le) (rate(prior_auth_request_duration_seconds_bucket[5m])))': 'seconds',
      'rate(prior_auth_request_duration_seconds_sum[5m]) / rate(prior_auth_request_duration_seconds_count[5m])':
        'seconds',
      'sum(rate(prior_auth_request_duration_seconds_bucket{le="1.0"}[1h])) / sum(rate(prior_auth_request_duration_seconds_count[1h]))':
        'number',
      'sum(rate(prior_auth_request_duration_seconds_count[5m]))': 'number',
      'scrape_duration_seconds{job="prior-auth-api"}': 'seconds',
      prior_auth_bridge_last_success_timestamp_seconds: 'date',
      'time() - prior_auth_bridge_last_success_timestamp_seconds': 'seconds',
      'rate(prior_auth_cold_starts_total[5m]) / rate(prior_auth_requests_total[5m])': 'number',
      'http_requests_total{path="/x_seconds"}': 'number',
      'scrape_duration_seconds{path="/x"}': 'seconds',
    } as const;
    for (const [expression, quantity] of Object.entries(quantities)) {
      assert.equal(quantityOf(expression), quantity, expression);
    }
  });
});

describe('a panel', () => {
  const panel = (unit: string | undefined, ...expressions: string[]) =>
    findUnitFault({ title: 'P', unit, expressions });
  const COUNT = 'prior_auth_requests_total';
  const SECONDS = 'histogram_quantile(0.95, x_seconds_bucket)';
  const DATE = 'prior_auth_bridge_last_success_timestamp_seconds';

  it('of counts, rates and shares may have any unit that leaves a number one', () => {
    for (const unit of [undefined, 'none', 'short', 'reqps', 'ops', 'cps', 'percentunit', 'locale']) {
      assert.equal(panel(unit, COUNT), undefined, unit);
    }
    for (const unit of [
      'ns',
      'µs',
      'ms',
      's',
      'm',
      'dtdurationms',
      'dateTimeAsIso',
      'time:YYYY',
      'bytes',
      'decbits',
      'Kbits',
      'Bps',
      'bps',
      'clockms',
    ]) {
      assert.equal(panel(unit, COUNT), `“P” shows plain numbers in "${unit}"`);
    }
  });

  it('of durations counts in seconds', () => {
    for (const unit of ['s', 'dtdurations']) assert.equal(panel(unit, SECONDS), undefined);
    assert.equal(panel('ms', SECONDS), '“P” shows seconds in "ms"');
    assert.equal(panel(undefined, SECONDS), '“P” shows seconds in no unit');
  });

  it('of a date shows a date: as a number it is in billions', () => {
    assert.equal(panel('dateTimeAsIso', DATE), undefined);
    assert.equal(panel('time:YYYY', DATE), undefined);
    assert.equal(panel('short', DATE), '“P” shows a date as a number ("short")');
  });

  it('of several expressions must fit all, and without any has nothing to fit', () => {
    assert.equal(panel('s', SECONDS, COUNT), '“P” shows plain numbers in "s"');
    assert.equal(panel('ns'), undefined);
  });
});
