import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { isReply, knock, noAnswer, reach, toUnreachable } from '../../../local/doctor/no-answer.ts';
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
  const result = await reach(url, limitMs);
  assert.ok(!isReply(result), 'it was answered');
  return result;
}

describe('reach', () => {
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

  it('takes an answer of any status for one', async (t) => {
    const port = await listen(t, (socket) => socket.end('HTTP/1.1 503 Away\r\ncontent-length: 4\r\n\r\nbody'));
    const result = await reach(`http://127.0.0.1:${port}`, LIMIT_MS);
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

describe('what it means that a place does not answer', () => {
  const place = { url: 'http://grafana:3000', what: 'Grafana', setting: 'GRAFANA_PORT', start: 'Start it.' };

  it('is said by how it fails: what, which setting, what to do', () => {
    const refused = noAnswer(place, { failure: 'refused', code: 'ECONNREFUSED' });
    assert.deepEqual(refused, {
      state: 'broken',
      observed: 'connection refused at grafana:3000',
      cause: 'Nothing listens at grafana:3000 (GRAFANA_PORT): Grafana is not up.',
      fix: 'Start it.',
    });
    const unknown = noAnswer(place, { failure: 'unknown host', code: 'ENOTFOUND' });
    assert.equal(unknown.observed, 'no such host: grafana');
    assert.equal(unknown.fix, 'Put localhost in place of grafana in GRAFANA_PORT.');
    const silent = noAnswer(place, { failure: 'silent', code: 'TimeoutError' });
    assert.match(silent.cause, /hangs, or is suspended/);
    const other = noAnswer(place, { failure: 'not HTTP', code: 'HTTPParserError' });
    assert.match(other.cause, /does not speak HTTP, or has just ended: it may be another program than Grafana/);
  });
});
