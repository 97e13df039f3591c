import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { describe, test, type TestContext } from 'vitest';
import { freePort } from '../../../../local/machine/free-port.ts';
import { invoke } from '../../../../local/embedded/api/invoke.ts';

/** An emulator's Lambda API that answers each invocation with `status` and `body`, and keeps what it is sent. */
async function lambdaApi(context: TestContext, status: number, body: string) {
  const sent: string[] = [];
  const answer: RequestListener = (request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      sent.push(`${request.method} ${request.url} ${text}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  };
  const server = createServer(answer);
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  context.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${port}`, sent };
}

describe('an invocation', () => {
  test('goes to the function by Lambda’s path, and gives back its result', async (context) => {
    const { endpoint, sent } = await lambdaApi(context, 200, '{"counted":3}');
    assert.deepEqual(await invoke(endpoint, 'bridge', { awslogs: { data: 'x' } }), { counted: 3 });
    assert.deepEqual(sent, ['POST /2015-03-31/functions/bridge/invocations {"awslogs":{"data":"x"}}']);
  });

  const RESULTS: [string, unknown][] = [
    ['', undefined],
    ['null', null],
    ['"text"', 'text'],
  ];
  for (const [body, result] of RESULTS) {
    test(`may give back ${body || 'nothing'}`, async (context) => {
      const { endpoint } = await lambdaApi(context, 200, body);
      assert.equal(await invoke(endpoint, 'reconcile', {}), result);
    });
  }

  const FAILURES: [string, number, string][] = [
    ['was refused', 404, '{}'],
    ['failed', 502, ''],
    ['threw, for which the emulator answers 200', 200, '{"errorMessage":"SECRET","errorType":"Error","trace":[]}'],
    ['threw without a type', 200, '{"errorMessage":"SECRET"}'],
    ['threw without a message', 200, '{"errorType":"Error"}'],
  ];
  for (const [what, status, body] of FAILURES) {
    test(`that ${what} is an error that names function and status only`, async (context) => {
      const { endpoint } = await lambdaApi(context, status, body);
      await assert.rejects(invoke(endpoint, 'bridge', {}), { message: `bridge failed with ${status}` });
    });
  }

  test('that nobody answers is an error', async () => {
    await assert.rejects(invoke(`http://127.0.0.1:${await freePort()}`, 'bridge', {}));
  });
});
