import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toAnswer } from '../../../local/client/answer.ts';
import { judgeAnswer } from '../../../local/demo/answer.ts';
import { EXAMPLES } from '../../../local/demo/examples.ts';
import { faultsOf } from './fixtures.ts';

const [normal, slow, malformed] = EXAMPLES;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const created = (body: object = { request_id: 'PA-00001', status: 'pending', member_id: 'M1' }) =>
  toAnswer({
    status: 201,
    headers: new Headers({ location: '/prior-auth/PA-00001', 'x-trace-id': TRACE }),
    text: JSON.stringify(body),
  });

const problem = (status: number, trace_id = TRACE) =>
  toAnswer({
    status,
    headers: new Headers({ 'content-type': 'application/problem+json', 'x-trace-id': TRACE }),
    text: JSON.stringify({
      title: 'Unprocessable Content',
      trace_id,
      errors: [{ field: 'provider_npi', rule: 'check_digit', detail: 'must be an NPI with a valid check digit' }],
    }),
  });

describe('what is said of an answer', () => {
  it('is its status, time, place and trace, and nothing of the patient', () => {
    const { lines, ...findings } = judgeAnswer(created(), 40_250, normal!);
    assert.deepEqual(faultsOf(findings), []);
    assert.deepEqual(lines, [
      'POST /prior-auth/submit → 201 in 40.25ms',
      `PA-00001 pending, Location: /prior-auth/PA-00001, x-trace-id: ${TRACE}`,
    ]);
  });

  it('finds a slow case that was not slow', () => {
    assert.deepEqual(faultsOf(judgeAnswer(created(), 2_050_000, slow!)), []);
    assert.deepEqual(faultsOf(judgeAnswer(created(), 40_000, slow!)), [
      'The slow case took 40ms, not two seconds: SIMULATE_SLOW_MEMBER is not true there.',
    ]);
  });

  it('finds another status and says which faults the problem names', () => {
    assert.match(faultsOf(judgeAnswer(problem(422), 5000, normal!))[0]!, /is 422, not 201. provider_npi: check_digit./);
    assert.deepEqual(faultsOf(judgeAnswer(problem(422), 5000, malformed!)), []);
  });

  it('finds a body that is not as it must be, and a location of something else', () => {
    assert.deepEqual(faultsOf(judgeAnswer(created({}), 1, normal!)), [
      'The body names no request_id and status.',
      'The Location is not /prior-auth/{request_id}.',
    ]);
    assert.deepEqual(faultsOf(judgeAnswer(created({ request_id: 'PA-00002', status: 'pending' }), 1, normal!)), [
      'The Location is not /prior-auth/{request_id}.',
    ]);
  });

  it('finds an answer without a trace id, and a problem of another trace', () => {
    const lost = toAnswer({ status: 503, headers: new Headers(), text: 'Service Unavailable' });
    assert.deepEqual(faultsOf(judgeAnswer(lost, 1, malformed!)), [
      'The answer is 503, not 422.',
      'The answer carries no trace id in x-trace-id.',
      'The refusal is not application/problem+json.',
      'The problem does not name the trace of its answer.',
    ]);
    assert.deepEqual(faultsOf(judgeAnswer(problem(422, 'another'), 5000, malformed!)), [
      'The problem does not name the trace of its answer.',
    ]);
  });
});
