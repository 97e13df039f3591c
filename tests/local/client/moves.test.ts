import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { movedBuckets, movedCounters } from '../../../local/client/moves.ts';
import { accepted, reading, refused } from './fixtures.ts';

describe('what moved between two readings', () => {
  it('is the counters that differ, neither gauges nor the parts of a histogram', () => {
    const last = {
      metric: 'prior_auth_bridge_last_success_timestamp_seconds',
      labels: {},
      value: 1_795_393_305,
    } as const;
    assert.deepEqual(movedCounters(reading(), reading(...refused('provider_npi'), last)), [
      'prior_auth_requests_total{status="validation_error"}',
      'prior_auth_validation_failures_total{field="provider_npi"}',
    ]);
  });
});

describe('the buckets that took requests', () => {
  it('are told from the cumulated counts of each status, with both of their bounds', () => {
    const before = [...accepted(0.03), ...refused('body')];
    const after = [...before, ...accepted(2.05), ...accepted(60), ...accepted(0.005), ...refused('body')];
    const bucket = (status: string, le: string) =>
      `prior_auth_request_duration_seconds_bucket{status="${status}",le="${le}"}`;
    assert.deepEqual(movedBuckets(reading(...before), reading(...after)), [
      { series: bucket('success', '0.005'), status: 'success', over: 0, upTo: 0.005, took: 1 },
      { series: bucket('success', '2.5'), status: 'success', over: 2, upTo: 2.5, took: 1 },
      { series: bucket('success', '+Inf'), status: 'success', over: 10, upTo: Infinity, took: 1 },
      { series: bucket('validation_error', '0.005'), status: 'validation_error', over: 0, upTo: 0.005, took: 1 },
    ]);
  });

  it('hold each request exactly once, between their bounds', () => {
    const seconds = fc.array(fc.integer({ min: 1, max: 12_000_000 }).map((microseconds) => microseconds / 1e6));
    fc.assert(
      fc.property(seconds, seconds, (earlier, durations) => {
        const before = earlier.flatMap(accepted);
        const buckets = movedBuckets(reading(...before), reading(...before, ...durations.flatMap(accepted)));
        for (const { over, upTo, took } of buckets) {
          assert.equal(durations.filter((duration) => over < duration && duration <= upTo).length, took);
        }
        assert.equal(
          buckets.reduce((sum, { took }) => sum + took, 0),
          durations.length,
        );
      }),
      { numRuns: 50 },
    );
  });
});
