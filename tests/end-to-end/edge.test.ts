/** The ports of `npm run local`, to odd requests, and to more requests than it can do. */
import assert from 'node:assert/strict';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, test } from 'vitest';
import { startTime } from '../../local/machine/processes.ts';
import { SUBMISSION } from '../fixtures/http.ts';
import { sendOdd } from '../soak/odd-requests.ts';
import { partOf, request, startStack, submit } from './stack.ts';

const stack = await startStack();
const api = partOf(stack, 'The API').pid;
const started = startTime(api);
const INVOCATION = '/2015-03-31/functions/bridge/invocations';
const ODD_REQUESTS = 3000;

/** What the table of faults says was seen, as far as a client sends it. */
describe('a request', () => {
  test('of a submit and a read is answered by the functions', async () => {
    assert.equal((await submit(stack)).status, 201);
    assert.equal((await request(`${stack.api}/prior-auth/PA-00001`)).status, 200);
  });

  for (const body of ['false', '0', 'null', '""', JSON.stringify(JSON.stringify(SUBMISSION))]) {
    test(`whose body is ${body.slice(0, 10)} is refused by the function, with its trace id`, async () => {
      const { status, json, headers } = await submit(stack, body);
      assert.ok(status === 400 || status === 422, String(status));
      assert.equal(headers.get('content-type'), 'application/problem+json');
      assert.equal(json['trace_id'], headers.get('x-trace-id'));
    });
  }

  test('is as good with a browser’s odd cookies as without', async () => {
    assert.equal((await submit(stack, {}, { cookie: 'prefs={"eid":1}' })).status, 201);
  });

  test('with bytes that are no UTF-8 stores nothing', async () => {
    const bytes = Buffer.from(JSON.stringify({ ...SUBMISSION, requested_service: 'M\xfcller' }), 'latin1');
    const headers = { 'content-type': 'application/json' };
    const answer = await request(`${stack.api}/prior-auth/submit`, { method: 'POST', headers, body: bytes });
    assert.deepEqual([answer.status, answer.text], [400, '{"message":"Bad Request"}']);
  });

  test('of the emulator’s own header for claims opens nothing', async () => {
    const claims = { jwt: { claims: { client_id: 'other', scope: 'prior-auth/read-all' } } };
    const override = { 'sls-offline-authorizer-override': JSON.stringify(claims) };
    const { status, json } = await submit(stack, {}, override);
    assert.equal(status, 201);
    // Its submitter is still the anonymous caller, who may read it.
    assert.equal((await request(`${stack.api}/prior-auth/${String(json['request_id'])}`)).status, 200);
  });

  test('that ended the emulator’s own HTTP API is answered', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x', 'content-encoding': 'gzip' };
    const answer = await request(`${stack.api}/nope`, { method: 'PUT', headers, body: 'garbage' });
    assert.deepEqual([answer.status, answer.text], [404, '{"message":"Not Found"}']);
    assert.equal(
      (await request(`${stack.api}/prior-auth/submit`, { method: 'POST', headers, body: 'garbage' })).status,
      415,
    );
  });

  test(`that is odd ends nothing and is told nothing, ${ODD_REQUESTS} times`, async () => {
    for (const port of [new URL(stack.api).port, new URL(stack.lambda).port]) {
      const { faults } = await sendOdd(Number(port), ODD_REQUESTS / 2, 11);
      assert.deepEqual(Object.fromEntries(faults), {});
    }
    assert.equal(startTime(api), started);
    assert.equal((await submit(stack)).status, 201);
    assert.doesNotMatch(stack.output(), /ended unexpectedly/);
  });
});

describe('the Lambda port', () => {
  test('invokes a function for an AWS SDK', async () => {
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const client = new LambdaClient({ endpoint: stack.lambda, region: 'us-east-1', credentials });
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'reconcile' }));
    assert.match(Buffer.from(Payload ?? []).toString(), /"reconciled":0/);
  });

  test('invokes none for anybody else', async () => {
    assert.equal((await request(`${stack.lambda}${INVOCATION}`, { method: 'POST', body: '{}' })).status, 403);
  });
});

describe('more requests than there are environments', () => {
  test('are answered 201 or 429, and health and metrics meanwhile', async () => {
    const burst = Promise.all(Array.from({ length: 300 }, () => submit(stack)));
    const [health, metrics] = await Promise.all([request(`${stack.api}/health`), request(`${stack.api}/metrics`)]);
    assert.deepEqual([health.status, metrics.status], [200, 200]);
    const answers = await burst;
    for (const { status, headers } of answers) {
      assert.ok(status === 201 || status === 429, String(status));
      if (status === 429) assert.equal(headers.get('retry-after'), '1');
    }
    assert.equal((await submit(stack)).status, 201);
  });
});
