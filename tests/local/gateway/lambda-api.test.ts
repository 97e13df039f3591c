import assert from 'node:assert/strict';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, test } from 'vitest';
import { TOKEN_HEADER } from '../../../local/machine/launcher-token.ts';
import { startEdge, TOKEN } from './edge.ts';

const edge = await startEdge((invocation, response) => {
  if (invocation.functionName === 'bridge') return void response.end('{"counted":1}');
  if (invocation.functionName === 'reconcile') return void response.writeHead(204).end();
  response.setHeader('x-amz-function-error', 'Unhandled');
  response.end('{"errorMessage":"The database failed: 42501","errorType":"Error","trace":["at /secret/file.js"]}');
});
const endpoint = `http://localhost:${edge.lambdaPort}`;
const client = new LambdaClient({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  maxAttempts: 1,
});
const text = (payload: Uint8Array | undefined) => Buffer.from(payload ?? []).toString();
const invoke = (functionName: string, payload = '{}', more: object = {}) =>
  client.send(new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(payload), ...more }));

function post(path: string, headers: Record<string, string>, body = '{}') {
  return fetch(`${endpoint}${path}`, { method: 'POST', headers, body });
}

const BRIDGE = '/2015-03-31/functions/bridge/invocations';
const SIGNED = { authorization: 'AWS4-HMAC-SHA256 Credential=any/20261130/us-east-1/lambda/aws4_request' };

describe('the Lambda port, to an AWS SDK', () => {
  test('runs a function and gives back what it returned', async () => {
    const { StatusCode, Payload, FunctionError } = await invoke('bridge', '{"awslogs":{"data":"x"}}');
    assert.deepEqual([StatusCode, text(Payload), FunctionError], [200, '{"counted":1}', undefined]);
    assert.equal(edge.invocations.at(-1)?.text, '{"awslogs":{"data":"x"}}');
    assert.equal(text((await invoke('reconcile')).Payload), 'null');
  });

  test('says of a function that failed what it said, and no trace', async () => {
    const { StatusCode, FunctionError, Payload } = await invoke('submit');
    assert.deepEqual([StatusCode, FunctionError], [200, 'Unhandled']);
    assert.equal(text(Payload), '{"errorType":"Error","errorMessage":"The database failed: 42501"}');
  });

  test('knows its functions, its types and JSON only, and reflects nothing', async () => {
    const before = edge.invocations.length;
    for (const name of ['SECRET', '__proto__', 'toString']) {
      await assert.rejects(invoke(name), { name: 'ResourceNotFoundException', message: 'There is no such function.' });
    }
    await assert.rejects(invoke('bridge', 'SECRET'), { name: 'InvalidRequestContentException' });
    await assert.rejects(invoke('bridge', '{}', { InvocationType: 'SECRET' }), {
      name: 'InvalidParameterValueException',
    });
    assert.equal(edge.invocations.length, before);
  });

  test('takes an event for later, and a dry run for nothing', async () => {
    const before = edge.invocations.length;
    assert.equal((await invoke('bridge', '{}', { InvocationType: 'DryRun' })).StatusCode, 204);
    assert.equal(edge.invocations.length, before);
    assert.equal((await invoke('submit', '{}', { InvocationType: 'Event' })).StatusCode, 202);
    await invoke('bridge');
    assert.equal(edge.invocations.length, before + 2);
  });

  test('takes no more than six megabytes', async () => {
    await assert.rejects(invoke('bridge', `"${'x'.repeat(6 * 1024 * 1024)}"`), { name: 'RequestTooLargeException' });
  });
});

describe('the Lambda port', () => {
  test('takes the launcher’s own parts by their token', async () => {
    assert.equal((await post(BRIDGE, { [TOKEN_HEADER]: TOKEN })).status, 200);
  });

  const STRANGERS: [string, Record<string, string>][] = [
    ['nobody in particular', {}],
    ['a page that posts text', { 'content-type': 'text/plain' }],
    ['another token', { [TOKEN_HEADER]: `${TOKEN}x` }],
    ['another token beside a signature', { ...SIGNED, [TOKEN_HEADER]: 'x' }],
    ['a bearer', { authorization: 'Bearer x' }],
    ['a signed request of a page', { ...SIGNED, origin: 'https://evil.example' }],
    ['a signed request of another port', { ...SIGNED, 'sec-fetch-site': 'same-site' }],
    ['a token on a page of another site', { [TOKEN_HEADER]: TOKEN, 'sec-fetch-site': 'cross-site' }],
  ];
  for (const [who, headers] of STRANGERS) {
    for (const path of [BRIDGE, '/nope', '/2015-03-31/functions/%zz/invocations']) {
      test(`refuses ${who} at ${path}`, async () => {
        const before = edge.invocations.length;
        const answer = await post(path, headers);
        assert.equal(answer.status, 403);
        assert.equal(answer.headers.get('x-amzn-errortype'), 'AccessDeniedException');
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
        assert.equal(edge.invocations.length, before);
      });
    }
  }

  test('answers no preflight', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const answer = await fetch(`${endpoint}${BRIDGE}`, { method: 'OPTIONS', headers });
    assert.equal(answer.status, 403);
    for (const [name] of answer.headers) assert.doesNotMatch(name, /^access-control-/);
  });
});
