import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeHealth, judgeSending } from '../../../../local/doctor/hops/api.ts';
import type { Sent } from '../../../../local/client/follow.ts';
import { brokenOf, markedWith, NO_LAUNCHER, REFUSED, reply, SENT_AT, SILENT, systemWith, TRACE } from '../fixtures.ts';

const health = (status: number, database: object) =>
  reply(status, { status: 'any', checks: { database }, version: '0.1.0' });
const sending = (answer: Sent['reply']): Omit<Sent, 'microseconds'> => ({
  traceId: TRACE,
  sentAt: SENT_AT,
  before: markedWith().before,
  reply: answer,
});
const ERROR = { level: 'ERROR', timestamp: '2026-11-22T10:00:00.000Z' } as const;

describe('the health of the API', () => {
  it('lets the request be sent when the database is up', () => {
    assert.equal(judgeHealth(health(200, { status: 'up', latency_ms: 1 }), systemWith(), []), undefined);
  });

  it('is no trouble of the API when the database is down: nothing is sent', () => {
    const finding = judgeHealth(
      health(503, { status: 'down', latency_ms: 1, error: 'ECONNREFUSED' }),
      systemWith(),
      [],
    );
    assert.deepEqual(finding, {
      state: 'passed',
      observed: 'GET /health answers 503, and nothing is sent',
      delay: undefined,
      found: { databaseFault: 'GET /health answers 503: database down (ECONNREFUSED)' },
    });
  });

  it('that is refused is explained by what the launcher’s record says', () => {
    const none = brokenOf(judgeHealth(REFUSED, systemWith(NO_LAUNCHER), []));
    assert.equal(none.cause, 'Nothing listens at localhost:8000 (API_PORT): the API is not up.');
    assert.equal(none.fix, 'Start npm run local, or npm run stack.');
    const elsewhere = brokenOf(judgeHealth(REFUSED, systemWith(), []));
    assert.match(
      elsewhere.cause,
      /The launcher in .local is up, and its API listens on another port than API_PORT=8000/,
    );
    const ended = brokenOf(judgeHealth(REFUSED, systemWith({ processes: new Map([['launcher', 1]]) }), []));
    assert.match(ended.cause, /The API has ended/);
    assert.match(ended.fix, /^\.local\/api-errors\.log/);
  });

  it('that hangs is not explained by the launcher’s record', () => {
    assert.match(brokenOf(judgeHealth(SILENT, systemWith(), [])).cause, /hangs, or is suspended/);
  });

  it('of another program, or of a function that cannot start, is told apart', () => {
    const other = brokenOf(judgeHealth(reply(404, '<html>'), systemWith(), []));
    assert.equal(other.cause, 'What listens on port 8000 (API_PORT) is not this API.');
    assert.match(brokenOf(judgeHealth(reply(200, '<html>'), systemWith(), [])).cause, /is not this API/);
    const diagnostics = [
      { ...ERROR, message: 'The function cannot start', settings: 'Invalid settings: DATABASE_URL is not set' },
      { ...ERROR, level: 'WARN' as const, message: 'Traces are delivered again' },
    ];
    const failing = brokenOf(judgeHealth(reply(500, { title: 'Internal Server Error' }), systemWith(), diagnostics));
    assert.equal(
      failing.cause,
      'A function fails, and the last that functions said is: The function cannot start: Invalid settings: DATABASE_URL is not set.',
    );
    const mute = brokenOf(judgeHealth(reply(500, ''), systemWith(), []));
    assert.equal(mute.cause, 'A function fails, and has not said why.');
  });
});

describe('the answer to the marked request', () => {
  it('is its PA number, and what it was sent with goes on', () => {
    const finding = judgeSending(sending(reply(201, { request_id: 'PA-00007', status: 'pending' })), systemWith(), []);
    assert.equal(finding.state, 'passed');
    assert.equal(finding.observed, 'healthy; 201 PA-00007');
    assert.equal(finding.delay?.by, 'poll');
    assert.deepEqual(finding.found, { marked: markedWith() });
  });

  it('that wants the database leaves the blame to the next hop', () => {
    for (const status of [503, 504]) {
      const finding = judgeSending(sending(reply(status, {})), systemWith(), []);
      assert.equal(finding.state, 'passed');
      assert.deepEqual(finding.found, { databaseFault: `POST /prior-auth/submit answers ${status}` });
    }
  });

  it('that refuses names the fields and rules', () => {
    const problem = {
      title: 'x',
      trace_id: TRACE,
      errors: [{ field: 'provider_npi', rule: 'check_digit', detail: 'x' }],
    };
    const finding = brokenOf(judgeSending(sending(reply(422, problem)), systemWith(), []));
    assert.equal(finding.observed, 'POST /prior-auth/submit answers 422');
    assert.match(finding.cause, /\(provider_npi: check_digit\)/);
  });

  it('of a failing function has the function’s last word, and none at all is none of this API', () => {
    const diagnostics = [{ ...ERROR, message: 'A thing failed', error_type: 'TypeError' }];
    const failing = brokenOf(judgeSending(sending(reply(500, {})), systemWith(), diagnostics));
    assert.match(failing.cause, /functions said is: A thing failed: TypeError\.$/);
    const refused = brokenOf(judgeSending(sending(REFUSED), systemWith(NO_LAUNCHER), []));
    assert.match(refused.observed, /^connection refused/);
    const stackTrace = brokenOf(judgeSending(sending(reply(200, 'Error: at handler')), systemWith(), []));
    assert.match(stackTrace.cause, /not this API/);
  });
});
