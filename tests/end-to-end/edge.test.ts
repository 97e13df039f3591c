/** The ports of `npm run local`, to a page of another site, to odd requests, and to more requests than it can do. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, test } from 'vitest';
import { freePort } from '../../local/machine/free-port.ts';
import { startTime } from '../../local/machine/processes.ts';
import { SUBMISSION } from '../fixtures/http.ts';
import { sendOdd } from '../soak/odd-requests.ts';
import { openBrowser } from './browser.ts';
import { partOf, request, series, startStack, submit, until, WAIT_MS } from './stack.ts';

const stack = await startStack();
const api = partOf(stack, 'The API').pid;
const started = startTime(api);
const INVOCATION = '/2015-03-31/functions/bridge/invocations';
const ODD_REQUESTS = 3000;

async function counters(): Promise<string> {
  const { text } = await request(`${stack.api}/metrics`);
  return text
    .split('\n')
    .filter((line) => /^prior_auth_(requests|bridge_events|validation)/.test(line))
    .join('\n');
}

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

/** A page of another origin, which tries everything that a page may send without being asked first. */
async function foreignPage(): Promise<{ origin: string; close: () => void }> {
  const port = await freePort();
  const html = `<!doctype html><html lang="en"><title>Foreign</title>
    <iframe name="frame"></iframe>
    <form id="form" method="post" enctype="text/plain" target="frame" action="${stack.api}/prior-auth/submit"><input name='{"a":"' value='"}'></form>`;
  const server = createServer((_request, response) => void response.setHeader('content-type', 'text/html').end(html));
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return { origin: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

describe('a page of another origin, in a real browser', () => {
  test('can neither read, nor submit, nor move a counter, by either port', async (t) => {
    const browser = await openBrowser(t);
    const foreign = await foreignPage();
    t.onTestFinished(foreign.close);
    const quiet = await counters();
    const { page } = await browser.newPage(foreign.origin);
    await page.goto('/');
    const line = { _aws: { Timestamp: 1, CloudWatchMetrics: [] }, event_id: crypto.randomUUID() };
    const seen = await page.evaluate(
      async ({ api, lambda, submission, line }) => {
        const attempt = (url: string, init: RequestInit) =>
          fetch(url, init).then(
            async (answer) => `${answer.type} ${answer.status} ${await answer.text()}`,
            () => 'blocked',
          );
        const body = JSON.stringify(submission);
        const text = { 'content-type': 'text/plain' };
        const json = { 'content-type': 'application/json' };
        return [
          await attempt(`${api}/prior-auth/PA-00001`, {}),
          await attempt(`${api}/prior-auth/PA-00001`, { credentials: 'include' }),
          await attempt(`${api}/metrics`, {}),
          await attempt(`${api}/prior-auth/submit`, { method: 'POST', headers: json, body }),
          await attempt(`${api}/prior-auth/submit`, { method: 'POST', mode: 'no-cors', headers: text, body }),
          await attempt(lambda, { method: 'POST', mode: 'no-cors', headers: text, body: JSON.stringify(line) }),
          await attempt(lambda, { method: 'POST', headers: { authorization: 'AWS4-HMAC-SHA256 x' }, body: '{}' }),
        ];
      },
      { api: stack.api, lambda: `${stack.lambda}${INVOCATION}`, submission: SUBMISSION, line },
    );
    // An opaque answer has status 0 and no text: the page learns nothing from it.
    for (const answer of seen) assert.match(answer, /^(blocked|opaque 0 )$/);
    await page.evaluate('form.submit()');
    await page.waitForTimeout(500);
    // One of our own, so that what was counted before it is counted by now.
    const successes = await series(stack, 'prior_auth_requests_total{status="success"}');
    assert.equal((await submit(stack)).status, 201);
    await until(
      async () => (await series(stack, 'prior_auth_requests_total{status="success"}')) === successes + 1,
      WAIT_MS,
      () => 'not counted',
    );
    const moved = (await counters()).split('\n').filter((one) => !quiet.includes(one));
    assert.deepEqual(moved.map((one) => one.split(' ')[0]).sort(), [
      'prior_auth_bridge_events_total{outcome="counted"}',
      'prior_auth_requests_total{status="success"}',
    ]);
  });
});

describe('more requests than there are environments', () => {
  test('are answered 201 or 429, and health and metrics meanwhile', async () => {
    const burst = Promise.all(Array.from({ length: 300 }, () => submit(stack)));
    const [health, metrics] = await Promise.all([request(`${stack.api}/health`), request(`${stack.api}/metrics`)]);
    assert.deepEqual([health.status, metrics.status], [200, 200]);
    const answers = await burst;
    assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [201, 429]);
    for (const { status, headers } of answers) if (status === 429) assert.equal(headers.get('retry-after'), '1');
    assert.equal((await submit(stack)).status, 201);
  });
});
