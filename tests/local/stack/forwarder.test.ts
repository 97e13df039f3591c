import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as send, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, test } from 'vitest';
import { freePort } from '../../../local/machine/free-port.ts';
import { startForwarder } from '../../../local/stack/forwarder.ts';

const cleanups: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** An API that answers everything, and says what it was asked. */
async function startApi(status = 200): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(({ method, url, headers }, response) => {
    asked.push({ method, url, headers });
    response.writeHead(status, { 'content-type': 'application/openmetrics-text; version=1.0.0' }).end('# EOF\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    server.close();
    server.closeAllConnections();
    await Promise.resolve();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, asked };
}

let silentRequests = 0;

/** An API that never answers. */
async function silentApi(): Promise<string> {
  silentRequests = 0;
  const server = createServer(() => silentRequests++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    server.close();
    server.closeAllConnections();
    await Promise.resolve();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

function containers(): BlockList {
  const peers = new BlockList();
  peers.addSubnet('127.0.7.0', 24);
  return peers;
}

/** A forwarder that this machine may ask as 127.0.7.x, as a container would, and not as anybody else. */
async function forward(api: string, timeoutMs = 60_000): Promise<number> {
  const port = await freePort();
  const forwarder = await startForwarder({ address: '127.0.0.1', port, peers: containers(), api, timeoutMs });
  assert.ok(forwarder);
  cleanups.push(() => forwarder.close());
  return port;
}

interface Reply {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly text: string;
}

/** Asks from an address of this machine. @throws when the connection is cut */
async function ask(
  port: number,
  path = '/metrics',
  options: { method?: string; from?: string; accept?: string } = {},
): Promise<Reply> {
  const { method = 'GET', from = '127.0.7.1', accept } = options;
  const headers = accept === undefined ? {} : { accept };
  const request = send({ host: '127.0.0.1', port, path, method, localAddress: from, headers }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, type: response.headers['content-type'], text };
}

describe('the forwarder to /metrics', () => {
  test('passes on GET /metrics with its Accept, and brings back status, type and body', async () => {
    const api = await startApi();
    const reply = await ask(await forward(api.url), '/metrics', { accept: 'application/openmetrics-text' });
    assert.deepEqual(reply, { status: 200, type: 'application/openmetrics-text; version=1.0.0', text: '# EOF\n' });
    assert.deepEqual(
      api.asked.map(({ method, url, headers }) => [method, url, headers.accept]),
      [['GET', '/metrics', 'application/openmetrics-text']],
    );
  });

  test('brings back a failure of the API as it is', async () => {
    const api = await startApi(503);
    assert.equal((await ask(await forward(api.url))).status, 503);
  });

  test('refuses every other request, and the API never hears of it', async () => {
    const api = await startApi();
    const port = await forward(api.url);
    for (const [path, method] of [
      ['/', 'GET'],
      ['/prior-auth/PA-00001', 'GET'],
      ['/metrics/', 'GET'],
      ['/metrics?x=1', 'GET'],
      ['/metrics/../prior-auth/PA-00001', 'GET'],
      ['http://127.0.0.1/prior-auth/PA-00001', 'GET'],
      ['/metrics', 'POST'],
      ['/metrics', 'HEAD'],
      ['/prior-auth/submit', 'POST'],
    ] as const) {
      assert.equal((await ask(port, path, { method })).status, 404, `${method} ${path}`);
    }
    assert.deepEqual(api.asked, []);
  });

  test('cuts off whoever does not ask from an address of a container', async () => {
    const api = await startApi();
    const port = await forward(api.url);
    for (const from of ['127.0.0.1', '127.0.8.1']) {
      await assert.rejects(ask(port, '/metrics', { from }), /ECONNRESET|socket hang up/);
    }
    assert.deepEqual(api.asked, []);
    assert.equal((await ask(port, '/metrics', { from: '127.0.7.254' })).status, 200);
  });

  test('answers 502 while the API is down', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    assert.deepEqual(await ask(await forward(dead)), {
      status: 502,
      type: 'text/plain',
      text: `The API does not answer at ${dead}.\n`,
    });
  });

  test('answers 502 when the API has not answered in time', async () => {
    assert.equal((await ask(await forward(await silentApi(), 20))).status, 502);
  });

  test('ends at once, also in the middle of an answer', async () => {
    const options = { address: '127.0.0.1', port: await freePort(), peers: containers(), api: await silentApi() };
    const forwarder = await startForwarder(options);
    const cut = assert.rejects(ask(options.port), /socket hang up|ECONNRESET/);
    while (silentRequests === 0) await setImmediate();
    await forwarder?.close();
    await cut;
  });

  test('is none where the address is not of this machine', async () => {
    // TEST-NET-1 of RFC 5737: nobody's.
    const options = { address: '192.0.2.1', port: await freePort(), peers: new BlockList(), api: 'http://127.0.0.1:1' };
    assert.equal(await startForwarder(options), undefined);
  });

  test('names the address and port that another program holds', async () => {
    const port = await forward('http://127.0.0.1:1');
    const options = { address: '127.0.0.1', port, peers: new BlockList(), api: 'http://127.0.0.1:1' };
    await assert.rejects(startForwarder(options), { message: `127.0.0.1:${port} is in use by another program.` });
  });
});
