import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { test, type TestContext } from 'vitest';
import { freePort } from '../../../../local/machine/free-port.ts';
import { startTraces } from '../../../../local/embedded/traces/start.ts';
import { running, send } from './fixtures.ts';

async function takenPort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a port in use is named with the setting that changes it, and the other port is given back', async (t) => {
  const port = await takenPort(t);
  await assert.rejects(startTraces({ host: '127.0.0.1', otlpPort: port, apiPort: 0 }), {
    message:
      `Port ${port} for the OTLP receiver is already in use. ` +
      'Stop what listens there, or choose another port with OTLP_PORT.',
  });
  const free = await freePort();
  await assert.rejects(startTraces({ host: '127.0.0.1', otlpPort: free, apiPort: port }), {
    message:
      `Port ${port} for the trace API is already in use. ` +
      'Stop what listens there, or choose another port with TRACES_PORT.',
  });
  const again = await startTraces({ host: '127.0.0.1', otlpPort: free, apiPort: 0 });
  await again.close();
});

/** Far less than the minute that Node gives an idle client, and the five that it gives a request. */
const AT_ONCE_MS = 30_000;

test('it stops at once although clients keep their sockets open', { timeout: AT_ONCE_MS }, async (t) => {
  const traces = await running(t);
  const { apiPort, otlpPort } = traces;
  const idle = connect(apiPort, '127.0.0.1');
  const kept = connect(otlpPort, '127.0.0.1');
  for (const socket of [idle, kept]) socket.on('error', () => undefined);
  await Promise.all([once(idle, 'connect'), once(kept, 'connect')]);
  const expecting = 'Host: localhost\r\nContent-Length: 100\r\nExpect: 100-continue';
  kept.write(`POST /v1/traces HTTP/1.1\r\n${expecting}\r\n\r\nhalf of`);
  const [said] = (await once(kept, 'data')) as [Buffer];
  assert.match(said.toString(), /^HTTP\/1\.1 100 Continue/, 'the request is on its way');
  await traces.close();
});

test('a request whose Host is not this machine is refused on both ports', async (t) => {
  const { apiPort, otlpPort } = await running(t);
  const status = async (port: number, path: string, host: string) =>
    (await send(port, path, { headers: { host } })).status;
  for (const host of [
    'localhost',
    'localhost:16686',
    'LOCALHOST:1',
    '127.0.0.1',
    '127.0.0.1:4318',
    '[::1]',
    '[::1]:9',
  ]) {
    assert.equal(await status(apiPort, '/api/services', host), 200, host);
    assert.equal(await status(otlpPort, '/v1/traces', host), 405, host);
  }
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'localhost:x', '127.0.0.2']) {
    assert.equal(await status(apiPort, '/api/services', host), 403, host);
    assert.equal(await status(otlpPort, '/v1/traces', host), 403, host);
  }
});

test('the API is only read: GET and HEAD', async (t) => {
  const { apiPort } = await running(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const reply = await send(apiPort, '/api/services', { method });
    assert.deepEqual([reply.status, reply.headers['allow']], [405, 'GET, HEAD'], method);
  }
  const get = await send(apiPort, '/api/services');
  const head = await send(apiPort, '/api/services', { method: 'HEAD' });
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  assert.equal(head.headers['content-length'], get.headers['content-length']);
});

test('every answer has the security headers and none that shares it with other origins', async (t) => {
  const { apiPort, otlpPort } = await running(t);
  const origin = { origin: 'http://evil.example' };
  const replies = [
    await send(apiPort, '/api/services', { headers: origin }),
    await send(apiPort, '/nothing', { headers: origin }),
    await send(otlpPort, '/v1/traces', { headers: origin }),
  ];
  for (const { headers } of replies) {
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.match(headers['content-security-policy'] ?? '', /default-src 'none'; frame-ancestors 'none'/);
    assert.deepEqual(
      Object.keys(headers).filter((name) => name.startsWith('access-control-')),
      [],
    );
  }
});

test('a failure never repeats the path or the query', async (t) => {
  const { apiPort, otlpPort } = await running(t);
  const paths = [
    '/M12345',
    '/api/M12345',
    '//M12345',
    '/api/traces/M12345',
    '/api/traces?M12345',
    '/api/services/%M12345/operations',
  ];
  for (const path of paths) {
    for (const port of [apiPort, otlpPort]) {
      const { status, headers, body } = await send(port, path);
      assert.ok(status === 404 || status === 400, path);
      assert.doesNotMatch(JSON.stringify(headers) + body.toString(), /M12345/, path);
    }
  }
});

test('what a page of another site has the browser ask is refused, a link from there is not', async (t) => {
  const { apiPort } = await running(t);
  const status = async (site: string, mode: string) =>
    (await send(apiPort, '/api/services', { headers: { 'sec-fetch-site': site, 'sec-fetch-mode': mode } })).status;
  assert.equal(await status('cross-site', 'no-cors'), 403);
  assert.equal(await status('cross-site', 'cors'), 403);
  assert.equal(await status('cross-site', 'navigate'), 200);
  assert.equal(await status('same-origin', 'cors'), 200);
  assert.equal(await status('none', 'navigate'), 200);
});
