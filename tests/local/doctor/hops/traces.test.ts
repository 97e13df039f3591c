import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeOtlp, parseHeaders, type Exported } from '../../../../local/doctor/hops/otlp.ts';
import { judgeTrace } from '../../../../local/doctor/hops/trace.ts';
import { SubmitLine } from '../../../../local/client/log-line.ts';
import { parseSettings } from '../../../../local/machine/settings.ts';
import { submitLine } from '../../../fixtures/wide-line.ts';
import { brokenOf, markedWith, REFUSED, reply, SENT_AT, SILENT, systemWith, TRACE } from '../fixtures.ts';

const ENDPOINT = 'http://collector.example:4318';
const own = systemWith({
  otlp: ENDPOINT,
  otlpSetting: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  settings: parseSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_TRACES_SAMPLER_ARG: '0.1' }),
});
const stack = systemWith({ mode: 'stack' });
const OUTAGE = { reason: 'ECONNREFUSED', since: SENT_AT - 10_000, restsUntil: SENT_AT + 20_000 };

const exported = (changes: Partial<Exported> = {}): Exported => ({
  probe: reply(200, {}),
  receivedSpans: 12,
  outage: undefined,
  ...changes,
});
const marked = markedWith({ receivedSpans: 5 });
/** Where spans are not counted, as with any collector. */
const uncounted = markedWith({ receivedSpans: undefined });
const line = (trace_flags: '00' | '01') => SubmitLine.parse(submitLine({ trace_flags }));

describe('the OTLP receiver', () => {
  const judge = (changes: Partial<Exported> = {}, from = marked, system = systemWith()) =>
    judgeOtlp(exported(changes), from, line('01'), system);

  it('of npm run local has the spans when it has taken some since', () => {
    const finding = judge();
    assert.equal(finding.observed, 'http://localhost:4318 has taken 7 spans since');
    assert.equal(finding.state, 'passed');
    assert.equal(finding.delay?.by, 'poll');
  });

  it('of one’s own has them when it takes exports, for it does not count them', () => {
    const finding = judge({ receivedSpans: undefined }, uncounted, own);
    assert.equal(finding.observed, `${ENDPOINT} accepts exports`);
    assert.equal(finding.state, 'passed');
    assert.equal(finding.delay, undefined);
  });

  it('is not to blame for a trace that was sampled out', () => {
    const finding = brokenOf(judgeOtlp(exported({ probe: REFUSED }), marked, line('00'), own));
    assert.match(finding.observed, /trace_flags 00/);
    assert.match(finding.cause, /OTEL_TRACES_SAMPLER_ARG=0\.1\.$/);
    assert.match(
      brokenOf(judgeOtlp(exported(), marked, line('00'), stack)).cause,
      /OTEL_TRACES_SAMPLER_ARG of the launcher/,
    );
    assert.equal(judgeOtlp(exported(), marked, undefined, own).state, 'passed');
  });

  it('where nothing listens: each with its own setting and remedy', () => {
    const local = brokenOf(judge({ probe: REFUSED }));
    assert.match(local.cause, /localhost:4318 \(OTLP_PORT\)/);
    assert.match(local.fix, /OTLP_PORT or OTEL_EXPORTER_OTLP_ENDPOINT that the launcher was started with/);
    const other = brokenOf(judge({ probe: REFUSED }, marked, own));
    assert.match(other.cause, /collector.example:4318 \(OTEL_EXPORTER_OTLP_ENDPOINT\)/);
    assert.match(other.fix, /a base URL such as http:\/\/localhost:4318, without \/v1\/traces/);
    assert.match(brokenOf(judge({ probe: REFUSED }, marked, stack)).fix, /logs collector/);
    const unknown = brokenOf(judge({ probe: { failure: 'unknown host', code: 'ENOTFOUND' } }, marked, own));
    assert.match(unknown.fix, /Put localhost in place of collector.example in OTEL_EXPORTER_OTLP_ENDPOINT/);
  });

  it('that refuses: by its status', () => {
    const path = brokenOf(judge({ probe: reply(404, '') }, marked, own));
    assert.equal(path.observed, `POST ${ENDPOINT}/v1/traces answers 404`);
    assert.match(path.cause, /a wrong port \(4317 is gRPC, 16686 Jaeger’s page\), or a path too many/);
    assert.match(path.fix, /^OTEL_EXPORTER_OTLP_ENDPOINT must be a base URL/);
    assert.match(brokenOf(judge({ probe: reply(404, '') })).fix, /^OTLP_PORT must be the port/);
    for (const status of [401, 403]) {
      assert.match(brokenOf(judge({ probe: reply(status, '') }, marked, own)).fix, /OTEL_EXPORTER_OTLP_HEADERS/);
    }
    for (const status of [429, 503]) {
      assert.match(brokenOf(judge({ probe: reply(status, '') }, marked, own)).cause, /refuses exports for now/);
    }
  });

  it('that is well and gets nothing: the exporter rests, or sends elsewhere', () => {
    const resting = brokenOf(judge({ receivedSpans: 5, outage: OUTAGE }));
    assert.match(resting.cause, /rests until 10:00:20Z: exports have been failing since 09:59:50Z \(ECONNREFUSED\)\.$/);
    assert.match(resting.fix, /run the doctor again when the rest is over/);
    const failing = brokenOf(judge({ receivedSpans: 5, outage: { ...OUTAGE, restsUntil: SENT_AT } }));
    assert.match(failing.fix, /start npm run local again with the right one/);
    const elsewhere = brokenOf(judge({ receivedSpans: 5 }));
    assert.match(elsewhere.cause, /send their spans elsewhere than to http:\/\/localhost:4318/);
  });

  it('that does not count is doubted only while the exporter rests', () => {
    assert.equal(judge({ receivedSpans: undefined, outage: OUTAGE }, uncounted, own).state, 'broken');
    const over = { ...OUTAGE, restsUntil: SENT_AT };
    assert.equal(judge({ receivedSpans: undefined, outage: over }, uncounted, own).state, 'passed');
    assert.equal(judge({ outage: OUTAGE }).state, 'passed');
  });

  it('is asked with the headers of the setting', () => {
    assert.deepEqual(parseHeaders('authorization=Bearer%20a=, x-tenant=b'), {
      authorization: 'Bearer a=',
      'x-tenant': 'b',
    });
    assert.deepEqual(parseHeaders('x=%zz,y,,z=1'), { z: '1' });
    assert.deepEqual(parseHeaders(''), {});
  });
});

describe('the trace', () => {
  const NAMES = [
    'POST /prior-auth/submit',
    'submit_prior_auth',
    'generate_request_id',
    'validate_npi',
    'database_insert',
  ];
  const spans = (names: readonly string[]) =>
    names.map((operationName, index) => ({
      spanID: String(index),
      operationName,
      references: [],
      startTime: SENT_AT * 1000 + 2000 + index,
      duration: 9000 - 10 * index,
      tags: [],
    }));
  const answer = (names: readonly string[]) => reply(200, { data: [{ spans: spans(names) }] });
  const NOT_FOUND = reply(404, { data: null, errors: [{ code: 404, msg: 'trace not found' }] });
  const judge = (result: Parameters<typeof judgeTrace>[0], changes: Partial<Exported> = {}, system = systemWith()) =>
    judgeTrace(result, exported(changes), marked, system);

  it('is whole with five spans, by the end of its root', () => {
    const finding = judge(reply(200, { data: [{ spans: spans(NAMES).toReversed() }] }));
    assert.equal(finding.observed, `5 spans, 9ms: http://localhost:16686/trace/${TRACE}`);
    assert.equal(finding.state, 'passed');
    assert.equal(finding.delay?.by, 'timestamp');
    assert.ok(Math.abs(finding.delay.ms - 11) < 0.01);
  });

  it('that lacks spans names them', () => {
    const finding = brokenOf(judge(answer(NAMES.filter((name) => name !== 'validate_npi'))));
    assert.equal(finding.observed, '4 spans; missing: validate_npi');
  });

  it('is not looked for where a collector of one’s own has no Jaeger here', () => {
    assert.equal(judge(REFUSED, {}, own).state, 'absent');
    assert.equal(judge(SILENT, {}, own).state, 'broken');
    assert.match(brokenOf(judge(REFUSED)).fix, /TRACES_PORT/);
    assert.match(brokenOf(judge(REFUSED, {}, stack)).fix, /logs jaeger/);
  });

  it('that is not there: who has lost it', () => {
    assert.match(brokenOf(judge(reply(200, '<html>'))).cause, /does not have Jaeger’s API/);
    assert.match(brokenOf(judge(NOT_FOUND)).cause, /send their spans elsewhere/);
    assert.match(brokenOf(judge(NOT_FOUND, { outage: OUTAGE })).cause, /rests until/);
    const uncounting = { receivedSpans: undefined };
    assert.match(
      brokenOf(judge(NOT_FOUND, uncounting, stack)).cause,
      /The collector takes exports, and Jaeger has not got this trace/,
    );
    assert.match(
      brokenOf(judge(NOT_FOUND, uncounting, own)).cause,
      /is not the one that the collector at .*example:4318 hands/,
    );
  });
});
