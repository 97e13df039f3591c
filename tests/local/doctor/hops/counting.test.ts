import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeBridge, judgeProgress, type Progress } from '../../../../local/doctor/hops/bridge.ts';
import { judgeMetrics } from '../../../../local/doctor/hops/metrics.ts';
import { brokenOf, markedWith, NO_LAUNCHER, reading, REFUSED, reply, SENT_AT, systemWith, TRACE } from '../fixtures.ts';

const counted = (value: number, ...more: string[]) =>
  reading(`prior_auth_bridge_events_total{outcome="counted"} ${value}`, ...more);
const SUCCESS = `prior_auth_bridge_last_success_timestamp_seconds ${(SENT_AT + 40.5) / 1000}`;
const marked = markedWith({ metrics: counted(3) });
const AWAY = { status: 503 };

describe('the bridge', () => {
  const judge = (progress: Progress, from = marked) => judgeProgress(progress, from);

  it('has the line when its counter moved and the log subscription noted the delivery', () => {
    for (const delivered of [true, undefined]) {
      const finding = judge({ metrics: counted(4, SUCCESS), delivered });
      assert.equal(finding?.state, 'passed');
      assert.equal(finding.observed, 'counted 3 → 4');
      assert.equal(finding.delay?.by, 'timestamp');
      assert.ok(Math.abs(finding.delay.ms - 40.5) < 0.01);
    }
  });

  it('is believed the subscription’s note when there are no counters to compare', () => {
    const finding = judge({ metrics: AWAY, delivered: true });
    assert.equal(finding?.observed, 'delivered');
    const before = judge({ metrics: counted(4, SUCCESS), delivered: true }, markedWith({ metrics: AWAY }));
    assert.equal(before?.observed, 'delivered');
    assert.equal(judge({ metrics: AWAY, delivered: undefined }), undefined);
  });

  it('does not have it yet when either is missing', () => {
    assert.equal(judge({ metrics: counted(3), delivered: true }), undefined);
    assert.equal(judge({ metrics: counted(9), delivered: false }), undefined);
    assert.equal(judge({ metrics: counted(3), delivered: false }), undefined);
  });

  it('that put something into quarantine cannot read the line', () => {
    const quarantined = 'prior_auth_bridge_events_total{outcome="quarantined"} 1';
    const finding = brokenOf(judge({ metrics: counted(3, quarantined), delivered: true }));
    assert.match(finding.observed, /quarantine/);
    assert.equal(judge({ metrics: counted(3, quarantined), delivered: false }), undefined);
  });
});

describe('a line that does not come through', () => {
  const stuck: Progress = { metrics: counted(3), delivered: false };
  const judge = (answer: Parameters<typeof judgeBridge>[0], progress = stuck, system = systemWith(), from = marked) =>
    judgeBridge(answer, progress, from, system);

  it('is the bridge’s own failure, in its own words', () => {
    const failing = judge(reply(200, { errorMessage: 'The database failed: 53300', errorType: 'Error' }));
    assert.equal(failing.observed, 'the line is in the log, and counted stands at 3');
    assert.equal(failing.cause, 'The bridge fails: The database failed: 53300.');
    const unable = judge(reply(200, { errorMessage: 'The database failed: 42501', errorType: 'Error' }));
    assert.match(unable.cause, /a missing right of the role prior_auth_bridge\.$/);
    assert.match(unable.fix, /0003_roles\.sql/);
    assert.match(judge(reply(502, 'Bad gateway')).cause, /^The bridge fails: status 502\.$/);
  });

  it('cannot be delivered where the Lambda API does not listen', () => {
    const finding = judge(REFUSED);
    assert.equal(
      finding.observed,
      'the line is in the log, and counted stands at 3; connection refused at localhost:3002',
    );
    assert.match(finding.fix, /LAMBDA_PORT/);
  });

  it('that the bridge takes when it is handed it is held up by the log subscription', () => {
    const taken = reply(200, { counted: 1 });
    assert.match(judge(taken).cause, /in the launcher’s process, does not deliver/);
    assert.match(judge(taken, stuck, systemWith(NO_LAUNCHER)).cause, /stopped with its launcher/);
    assert.match(judge(taken, { metrics: counted(9), delivered: false }).cause, /is behind/);
    const unknown = markedWith({ metrics: AWAY });
    assert.match(
      judge(taken, { metrics: counted(9), delivered: false }, systemWith(), unknown).cause,
      /does not deliver/,
    );
  });
});

describe('/metrics', () => {
  const successes = (value: number) => `prior_auth_requests_total{status="success"} ${value}`;
  const bucket = (trace: string) =>
    `prior_auth_request_duration_seconds_bucket{status="success",le="0.05"} 1 # {trace_id="${trace}"} 0.02 1.5`;
  const from = markedWith({ metrics: reading(successes(6)) });
  const judge = (now: Parameters<typeof judgeMetrics>[0], diagnostics: Parameters<typeof judgeMetrics>[3] = []) =>
    judgeMetrics(now, from, systemWith(), diagnostics);

  it('has the request when successes moved, and shows its exemplar where that is still the newest', () => {
    const finding = judge(reading(successes(7), bucket(TRACE)));
    assert.equal(finding.observed, 'prior_auth_requests_total{status="success"} 6 → 7, exemplar at le="0.05"');
    assert.equal(finding.state, 'passed');
    assert.equal(finding.found.value, 7);
    assert.equal(finding.delay?.by, 'poll');
    assert.match(judge(reading(successes(7), bucket('1'.repeat(32)))).observed, /6 → 7$/);
  });

  it('that stands still has not got it', () => {
    assert.equal(
      brokenOf(judge(reading(successes(6)))).observed,
      'prior_auth_requests_total{status="success"} stands at 6',
    );
  });

  it('that cannot be read says why: no database, a function that fails, another format, nobody', () => {
    const away = brokenOf(judge(AWAY));
    assert.equal(away.observed, 'GET /metrics answers 503');
    assert.match(away.cause, /has no database, while others have/);
    const said = {
      level: 'ERROR',
      message: 'A probe failed',
      timestamp: '2026-11-22T10:00:00Z',
      route: 'GET /metrics',
    } as const;
    const failing = brokenOf(
      judge({ status: 500 }, [
        { ...said, error_type: '42501' },
        { ...said, route: 'GET /health', error_type: 'X' },
      ]),
    );
    assert.match(failing.cause, /fails \(42501\): its role prior_auth_metrics lacks a right/);
    assert.match(brokenOf(judge({ status: 500 })).cause, /renders \/metrics fails\.$/);
    assert.match(brokenOf(judge({ notExposition: 'Line 1 is no sample.' })).observed, /^Line 1/);
    assert.match(brokenOf(judge({ unreachable: REFUSED })).observed, /^connection refused/);
  });

  it('that could not be read before the request proves nothing after it', () => {
    const unknown = markedWith({ metrics: AWAY });
    assert.equal(
      brokenOf(judgeMetrics(reading(successes(7)), unknown, systemWith(), [])).observed,
      'GET /metrics answers 503',
    );
  });
});
