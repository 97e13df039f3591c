import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { CATALOGUE, DURATION_BUCKETS, STATUSES, type MetricName } from '../../../functions/contract/catalogue.ts';
import { render, type Format } from '../../../functions/series/exposition.ts';
import { aggregate, type Sample } from '../../../functions/series/samples.ts';
import type { Series } from '../../../functions/series/series.ts';
import { testWith } from '../../tools.ts';
import { checkExposition, valueOf } from '../../exposition-checker.ts';

const FORMATS: readonly Format[] = ['text', 'openmetrics'];
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const build: Series = { metric: 'prior_auth_build_info', labels: { version: '1.2.3', node: '24.21.0' }, value: 1n };

function observed(seconds: number, status = 'success'): Sample {
  const exemplar = { traceId: TRACE, at: 1_795_393_305_129 };
  return { metric: 'prior_auth_request_duration_seconds', labels: { status }, value: seconds, exemplar };
}

describe('the exposition', () => {
  for (const format of FORMATS) {
    it(`has every counter and histogram at 0 before anything happened (${format})`, () => {
      const samples = checkExposition(render([], format), format);
      for (const status of STATUSES) {
        assert.equal(valueOf(samples, 'prior_auth_requests_total', { status }), 0);
        assert.equal(valueOf(samples, 'prior_auth_request_duration_seconds_count', { status }), 0);
      }
      assert.equal(valueOf(samples, 'prior_auth_series_dropped_total'), 0);
      assert.equal(valueOf(samples, 'prior_auth_bridge_last_success_timestamp_seconds'), undefined);
    });

    it(`cumulates the buckets and writes sums exactly (${format})`, () => {
      const series = aggregate([0.04, 0.05, 2.05, 99.1].map((seconds) => observed(seconds)));
      const samples = checkExposition(render(series, format), format);
      const bucket = (le: string) =>
        valueOf(samples, 'prior_auth_request_duration_seconds_bucket', { status: 'success', le });
      assert.deepEqual(['0.025', '0.05', '2.0', '2.5', '10.0', '+Inf'].map(bucket), [0, 2, 2, 3, 3, 4]);
      assert.equal(valueOf(samples, 'prior_auth_request_duration_seconds_sum', { status: 'success' }), 101.24);
    });
  }

  it('writes figures beyond 2^53 digit by digit', () => {
    const metric = 'prior_auth_requests_total';
    const text = render([{ metric, labels: { status: 'success' }, value: 9_007_199_254_740_993n }], 'text');
    assert.match(text, /^prior_auth_requests_total\{status="success"\} 9007199254740993$/m);
    const at: MetricName = 'prior_auth_bridge_last_success_timestamp_seconds';
    assert.match(
      render([{ metric: at, labels: {}, value: 1_795_393_305_129_000n }], 'text'),
      /_seconds 1795393305\.129$/m,
    );
    assert.match(render([{ metric: at, labels: {}, value: 5n }], 'text'), /_seconds 0\.000005$/m);
    assert.match(render([{ metric: at, labels: {}, value: 7_000_000n }], 'text'), /_seconds 7\.0$/m);
  });

  it('names counter families and units as each format wants them', () => {
    const openmetrics = render([build], 'openmetrics');
    assert.match(openmetrics, /^# TYPE prior_auth_requests counter$/m);
    assert.match(openmetrics, /^# UNIT prior_auth_request_duration_seconds seconds$/m);
    assert.match(openmetrics, /# EOF\n$/);
    const text = render([build], 'text');
    assert.match(text, /^# TYPE prior_auth_requests_total counter$/m);
    assert.match(text, /^prior_auth_build_info\{version="1\.2\.3",node="24\.21\.0"\} 1$/m);
    assert.doesNotMatch(text, /UNIT|EOF/);
  });

  it('gives a bucket its exemplar in OpenMetrics only', () => {
    const series = aggregate([observed(0.04)]);
    const line = `{status="success",le="0.05"} 1 # {trace_id="${TRACE}"} 0.04 1795393305.129\n`;
    assert.ok(render(series, 'openmetrics').includes(line));
    assert.ok(!render(series, 'text').includes(TRACE));
  });

  it('escapes label values', () => {
    const labels = { version: 'a"b\\c\nd', node: '24' };
    for (const format of FORMATS) {
      const samples = checkExposition(render([{ ...build, labels }], format), format);
      assert.equal(valueOf(samples, 'prior_auth_build_info', labels), 1);
    }
  });

  it('shows every metric of the catalogue once each has a series', () => {
    const gauges: Series[] = [
      build,
      { metric: 'prior_auth_uncounted_requests', labels: {}, value: 0n },
      { metric: 'prior_auth_bridge_last_success_timestamp_seconds', labels: {}, value: 1n },
    ];
    const text = render(gauges, 'text');
    for (const name of Object.keys(CATALOGUE)) assert.ok(text.includes(`# TYPE ${name} `), name);
  });

  it('passes the strict checker whatever was counted', () => {
    const status = fc.constantFrom(...STATUSES);
    const duration = fc.integer({ min: 0, max: 900_000_000 }).map((microseconds) => microseconds / 1e6);
    const observation = fc.tuple(duration, status).map(([seconds, label]) => observed(seconds, label));
    const request = fc
      .tuple(status, fc.nat(1000))
      .map(([label, value]): Sample => ({ metric: 'prior_auth_requests_total', labels: { status: label }, value }));
    fc.assert(
      fc.property(fc.array(fc.oneof(observation, request)), fc.constantFrom(...FORMATS), (samples, format) => {
        const read = checkExposition(render([...aggregate(samples), build], format), format);
        const ofHistogram = samples.filter((sample) => sample.metric === 'prior_auth_request_duration_seconds');
        const counts = read.filter((sample) => sample.name === 'prior_auth_request_duration_seconds_count');
        assert.equal(
          counts.reduce((sum, sample) => sum + sample.value, 0),
          ofHistogram.length,
        );
      }),
    );
  });

  testWith('promtool')('passes promtool too', () => {
    const input = render([...aggregate([observed(0.04), observed(2.05, 'error')]), build], 'text');
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    assert.deepEqual([status, stderr, stdout], [0, '', '']);
  });
});

it('the bounds tell the ordinary submit from the slow one, and are those that stored counts were made with', () => {
  // Changed bounds need a migration of prior_auth_metric_series; then change this list.
  assert.deepEqual(DURATION_BUCKETS, [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2, 2.5, 5, 10]);
});
