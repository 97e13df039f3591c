import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { follow } from '../../../local/client/follow.ts';
import { isReply } from '../../../local/client/http.ts';
import { valueOf, waitForMetrics } from '../../../local/client/metrics.ts';
import { askForStatus, readReceivedSpans, waitForTrace } from '../../../local/client/trace.ts';
import { createTraceId } from '../../../local/client/traceparent.ts';
import { freePort } from '../../../local/machine/free-port.ts';
import { serving } from '../console/fixtures.ts';
import { running, storedSpan } from '../embedded/traces/fixtures.ts';

const ANSWER_MS = 20_000;
const LIMITS = { submit: ANSWER_MS, metrics: ANSWER_MS, traces: ANSWER_MS };
const API_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** An API that counts its submits at once, and what it was asked. */
async function startApi(t: TestContext) {
  const asked: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  let submits = 0;
  const port = await serving(t, ({ url, headers }, response) => {
    asked.push({ url, headers });
    if (url === '/metrics') response.end(`submits_total ${submits}\n`);
    else response.writeHead(201, { 'x-trace-id': API_TRACE }).end(`{"request_id":"PA-0000${(submits += 1)}"}`);
  });
  return { api: `http://127.0.0.1:${port}`, asked };
}

describe('a request that is followed', () => {
  it('is sent once, after the counters and the spans before it were read', async (t) => {
    const { api, asked } = await startApi(t);
    const { apiPort, store } = await running(t);
    store.add([storedSpan({})]);
    const place = { api, traces: `http://127.0.0.1:${apiPort}`, folders: [] };
    const { before, reply, sentAt, microseconds } = await follow(place, { body: {} }, LIMITS);
    assert.deepEqual(
      asked.map(({ url }) => url),
      ['/metrics', '/prior-auth/submit'],
    );
    assert.equal(valueOf(before.metrics, 'submits_total'), 0);
    assert.deepEqual([before.receivedSpans, before.spoolSizes], [1, []]);
    assert.ok(isReply(reply) && reply.status === 201);
    assert.ok(sentAt <= Date.now() && microseconds > 0);
  });

  it('is of the trace that its sender begins, or else of the one that the answer names', async (t) => {
    const { api, asked } = await startApi(t);
    const place = { api, traces: api, folders: [] };
    const traceId = createTraceId();
    const marked = await follow(place, { body: {}, traceId, idempotencyKey: 'key-1' }, LIMITS);
    assert.equal(marked.traceId, traceId);
    const { traceparent, 'idempotency-key': key } = asked.at(-1)?.headers ?? {};
    assert.match(String(traceparent), new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    assert.equal(key, 'key-1');
    assert.equal((await follow(place, { body: {} }, LIMITS)).traceId, API_TRACE);
    assert.equal(asked.at(-1)?.headers.traceparent, undefined);
  });

  it('that nothing answers says why, and is of no trace', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    const sent = await follow({ api: dead, traces: dead, folders: [] }, { body: {} }, LIMITS);
    assert.deepEqual(sent.reply, { failure: 'refused', code: 'ECONNREFUSED' });
    assert.equal(sent.traceId, '');
    assert.deepEqual(sent.before.metrics, { unreachable: sent.reply });
  });
});

describe('the spans that a trace store has received', () => {
  it('are not known of a backend that answers with its page, a 404, or Jaeger’s envelope', async (t) => {
    for (const [status, body] of [
      [200, '<!doctype html>'],
      [404, '404 page not found'],
      [200, '{"data":[]}'],
    ] as const) {
      const port = await serving(t, (_, response) => response.writeHead(status).end(body));
      assert.equal(readReceivedSpans(await askForStatus(`http://127.0.0.1:${port}`, ANSWER_MS)), undefined);
    }
  });
});

describe('what is waited for', () => {
  const FOR_EVER = { patienceMs: Infinity, limitMs: ANSWER_MS };

  it('is given up at once where nothing listens', { timeout: 60_000 }, async () => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    const refused = { failure: 'refused', code: 'ECONNREFUSED' };
    assert.deepEqual(await waitForTrace({ traces: dead }, API_TRACE, () => false, FOR_EVER), refused);
    assert.deepEqual(await waitForMetrics(dead, () => false, FOR_EVER), { unreachable: refused });
  });
});
