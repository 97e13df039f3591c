import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { freshDatabase } from '../../database.ts';
import { startBuiltFunction, type BuiltFunction, type Result } from '../../fixtures/built-function.ts';
import { SUBMISSION, submitEvent } from '../../fixtures/http.ts';
import { until } from '../../end-to-end/stack.ts';

const XRAY_TRACE = '1-5759e988-bd862e3fe1be46a994272793';
const datagrams: string[] = [];
let daemon: Socket;
let submit: BuiltFunction;
let answer: Result;

/** The X-Ray daemon's port, and the environment that Lambda gives. */
beforeAll(async () => {
  daemon = createSocket('udp4', (message) => datagrams.push(message.toString()));
  await new Promise<void>((done) => daemon.bind(0, '127.0.0.1', done));
  submit = startBuiltFunction('submit', {
    DATABASE_URL: (await freshDatabase()).url,
    ANONYMOUS_CALLER: 'local',
    NPI_CHECK_DIGIT: 'warn',
    POWERTOOLS_TRACE_ENABLED: 'true',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: 'submit',
    LAMBDA_TASK_ROOT: '/var/task',
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
    AWS_XRAY_CONTEXT_MISSING: 'IGNORE_ERROR',
    _X_AMZN_TRACE_ID: `Root=${XRAY_TRACE};Parent=53995c3f42cd8ad8;Sampled=1`,
  });
  answer = await submit.invoke(submitEvent({ ...SUBMISSION, member_id: 'CANARY-member' }));
  await submit.invoke(submitEvent({ ...SUBMISSION, member_id: 'CANARY'.repeat(20) }));
  await until(
    () => datagrams.length >= 2,
    60_000,
    () => `${datagrams.length} subsegments; ${submit.output()}`,
  );
});
afterAll(async () => {
  await submit.stop();
  daemon.close();
});

describe('the Powertools tracer, where it is on', () => {
  test('opens one subsegment per request, with its ids and outcome', () => {
    const [first, second] = datagrams.map(
      (datagram) => JSON.parse(datagram.slice(datagram.indexOf('\n'))) as Record<string, unknown>,
    );
    assert.equal(first?.['name'], 'POST /prior-auth/submit');
    assert.equal(first['trace_id'], XRAY_TRACE);
    assert.equal(first['parent_id'], '53995c3f42cd8ad8');
    const trace = answer.headers['x-trace-id'];
    assert.deepEqual(first['annotations'], {
      request_id: 'PA-00001',
      http_status: 201,
      cold_start: true,
      otel_trace_id: trace,
    });
    assert.equal(trace, XRAY_TRACE.slice(2).replace('-', ''));
    assert.deepEqual((second?.['annotations'] as Record<string, unknown>)['http_status'], 422);
  });

  test('tells X-Ray nothing of the request itself', () => {
    assert.doesNotMatch(datagrams.join(''), /CANARY/);
  });
});
