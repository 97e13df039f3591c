import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { ask, isReply, knock, toUnreachable } from '../../../local/client/http.ts';
import { freePort } from '../../../local/machine/free-port.ts';

/** Longer than it takes a machine without a name server to give up on a name. */
const LIMIT_MS = 60_000;

/** A server of TCP that does one thing with each connection. */
async function listen(t: TestContext, onConnection: Parameters<typeof createServer>[1]): Promise<number> {
  const port = await freePort();
  const server: Server = createServer({}, onConnection);
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  t.after(() => server.close());
  return port;
}

async function failureOf(url: string, limitMs = LIMIT_MS) {
  const result = await ask(url, limitMs);
  assert.ok(!isReply(result), 'it was answered');
  return result;
}

describe('ask', () => {
  it('tells why there is no answer', async (t) => {
    const dead = await freePort();
    assert.deepEqual(await failureOf(`http://localhost:${dead}`), { failure: 'refused', code: 'ECONNREFUSED' });
    const unknown = await failureOf('http://prometheus.invalid:9090');
    assert.equal(unknown.failure, 'unknown host');
    const sockets: { destroy(): void }[] = [];
    const mute = await listen(t, (socket) => sockets.push(socket));
    assert.deepEqual(await failureOf(`http://127.0.0.1:${mute}`, 200), { failure: 'silent', code: 'TimeoutError' });
    sockets.forEach((socket) => socket.destroy());
    const other = await listen(t, (socket) => socket.end('220 mail\r\n'));
    assert.equal((await failureOf(`http://127.0.0.1:${other}`)).failure, 'not HTTP');
  });

  it('is refused where one address of the host refuses, and another was given up on a busy machine', () => {
    const failed = (code: string) => Object.assign(new Error(code), { code });
    const errors = ['ETIMEDOUT', 'ECONNREFUSED'].map(failed);
    const cause = Object.assign(new AggregateError(errors), { code: 'ETIMEDOUT' });
    const refused = { failure: 'refused', code: 'ECONNREFUSED' };
    assert.deepEqual(toUnreachable(new TypeError('fetch failed', { cause })), refused);
  });

  it('ends at once by a signal of its caller, and not only when its time is over', async (t) => {
    const asking = new AbortController();
    const mute = await listen(t, (socket) => {
      t.after(() => socket.destroy());
      asking.abort();
    });
    const result = await ask(`http://127.0.0.1:${mute}`, LIMIT_MS, { signal: asking.signal });
    assert.deepEqual(result, { failure: 'not HTTP', code: 'AbortError' });
  });

  it('takes an answer of any status for one', async (t) => {
    const port = await listen(t, (socket) => socket.end('HTTP/1.1 503 Away\r\ncontent-length: 4\r\n\r\nbody'));
    const result = await ask(`http://127.0.0.1:${port}`, LIMIT_MS);
    assert.ok(isReply(result));
    assert.deepEqual([result.status, result.text], [503, 'body']);
  });
});

describe('knock', () => {
  it('tells a port that takes connections from one that does not', async (t) => {
    const port = await listen(t, (socket) => socket.destroy());
    assert.equal(await knock('127.0.0.1', port, LIMIT_MS), undefined);
    assert.equal((await knock('127.0.0.1', await freePort(), LIMIT_MS))?.failure, 'refused');
  });
});
