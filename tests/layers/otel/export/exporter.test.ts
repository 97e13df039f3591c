import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createBreaker } from '../../../../layers/otel/export/breaker.ts';
import { createExporter } from '../../../../layers/otel/export/exporter.ts';
import type { LayerProvider } from '../../../../layers/otel/trace/provider.ts';
import { createHttpClient } from '../../../../layers/otel/http/client.ts';
import { ok, startCollector, type Collector } from '../fixtures/collector.ts';
import { providerFor, startRoot } from '../fixtures/provider.ts';

/** Longer than other work on the machine can hold up a flush: what is to reach it lets the time pass itself. */
const DEADLINE_MS = 60_000;

interface Said {
  readonly message: string;
  readonly details: Readonly<Record<string, string | number>>;
}

function exportTo(url: string, { headers = {}, clock = { now: 0 }, service = 'prior-auth-api' } = {}) {
  const said: Said[] = [];
  const exporter = createExporter({
    resource: { 'service.name': service },
    client: createHttpClient(new URL(`${url}/v1/traces`), { ...headers, 'content-type': 'application/json' }),
    breaker: createBreaker(() => clock.now),
    deadlineMs: DEADLINE_MS,
    warn: (message, details = {}) => said.push({ message, details }),
  });
  return { provider: providerFor({ exporter }), said, clock };
}

async function collectorFor(context: TestContext): Promise<Collector> {
  const collector = await startCollector();
  context.after(() => collector.close());
  return collector;
}

/** One request and its flush. */
async function flushOne(provider: LayerProvider): Promise<void> {
  startRoot(provider).root.end();
  await provider.forceFlush();
}

/**
 * The same with a collector that says `asked` and never answers whole: it is over when the deadline passes, and not
 * before.
 */
async function flushLate({ mock }: TestContext, provider: LayerProvider, { server }: Collector): Promise<void> {
  const asked = once(server, 'asked');
  let isOver = false;
  const flushed = flushOne(provider).then(() => (isOver = true));
  await asked;
  mock.timers.tick(DEADLINE_MS * 0.9);
  await setImmediate();
  assert.equal(isOver, false);
  mock.timers.tick(DEADLINE_MS * 0.1);
  await flushed;
}

function connectionsOf({ server }: Collector): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  return sockets;
}

describe('exporter', () => {
  it('posts OTLP/JSON with the headers of the settings, on one connection', async (context) => {
    const collector = await collectorFor(context);
    const sockets = connectionsOf(collector);
    const { provider, said } = exportTo(collector.url, { headers: { authorization: 'Bearer abc' } });
    for (let i = 0; i < 3; i++) await flushOne(provider);
    assert.equal(collector.spans.length, 3);
    assert.equal(collector.resource['service.name'], 'prior-auth-api');
    assert.equal(sockets.size, 1);
    const { method, url, headers } = collector.requests[0]!;
    assert.deepEqual([method, url], ['POST', '/v1/traces']);
    assert.deepEqual([headers['content-type'], headers.authorization], ['application/json', 'Bearer abc']);
    assert.deepEqual(said, []);
  });

  it('sends the credentials of the URL, and the length in bytes', async (context) => {
    const collector = await collectorFor(context);
    const { provider } = exportTo(collector.url.replace('//', '//name:p%40ss@'), {
      service: 'Prüfung',
    });
    await flushOne(provider);
    assert.equal(collector.requests[0]?.headers.authorization, `Basic ${btoa('name:p@ss')}`);
    assert.equal(collector.resource['service.name'], 'Prüfung');
    await flushOne(exportTo(collector.url.replace('//', '//:token@')).provider);
    assert.equal(collector.requests[1]?.headers.authorization, `Basic ${btoa(':token')}`);
  });

  it('uses no connection again on which more came than was asked for', async (context) => {
    const collector = await collectorFor(context);
    const sockets = connectionsOf(collector);
    const { provider, said } = exportTo(collector.url);
    await flushOne(provider);
    const [socket] = sockets;
    socket?.write('HTTP/1.1 500 Nobody Asked\r\ncontent-length: 0\r\n\r\n');
    await once(socket!, 'close');
    await flushOne(provider);
    assert.deepEqual([collector.spans.length, sockets.size, said.length], [2, 2, 0]);
  });

  it('does not send again what was answered in part', async (context) => {
    const collector = await collectorFor(context);
    const { provider } = exportTo(collector.url);
    await flushOne(provider);
    collector.answer = (response, request) => {
      response.writeHead(200, { 'content-length': 5 }).write('{');
      setTimeout(() => request.socket.resetAndDestroy(), 20);
    };
    await flushOne(provider);
    assert.equal(collector.requests.length, 2);
  });

  it('delivers exports that overlap, each on a connection of its own, and keeps one of these', async (context) => {
    const collector = await collectorFor(context);
    const sockets = connectionsOf(collector);
    const { provider, said } = exportTo(collector.url);
    await Promise.all([flushOne(provider), flushOne(provider), flushOne(provider)]);
    await flushOne(provider);
    assert.deepEqual([collector.spans.length, sockets.size, said.length], [4, 3, 0]);
  });

  it('gives up on what answers anything but HTTP', async (context) => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n')).listen(0, '127.0.0.1');
    context.after(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { provider, said } = exportTo(`http://127.0.0.1:${port}`);
    for (let i = 0; i < 3; i++) await flushOne(provider);
    assert.deepEqual(
      said.map(({ details }) => details['reason']),
      ['no HTTP answer'],
    );
  });

  it('sends every span through the allow-list', async (context) => {
    const collector = await collectorFor(context);
    const { provider } = exportTo(collector.url);
    const { root } = startRoot(provider);
    root.updateName('GET /prior-auth/canary').setAttributes({ member_id: 'canary', reason: 'canary' }).end();
    await provider.forceFlush();
    assert.equal(collector.spans[0]?.name, 'redacted');
    assert.doesNotMatch(collector.bodies.join(), /canary|member_id/);
  });

  it('gives up on a dead collector at once, says so at the third time and once', async () => {
    const { provider, said } = exportTo('http://user:secret@127.0.0.1:1');
    for (let i = 0; i < 5; i++) await flushOne(provider);
    assert.deepEqual(said, [
      {
        message: 'Traces cannot be delivered and are dropped',
        details: { reason: 'ECONNREFUSED', rest_ms: 30_000 },
      },
    ]);
  });

  it('waits for a black hole until the deadline, three times in all, and hangs up', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const collector = await collectorFor(context);
    const sockets = connectionsOf(collector);
    collector.answer = () => void collector.server.emit('asked');
    const { provider, said } = exportTo(collector.url);
    for (let i = 0; i < 3; i++) await flushLate(context, provider, collector);
    for (let i = 0; i < 20; i++) await flushOne(provider);
    assert.equal(collector.requests.length, 3);
    for (const socket of sockets) if (!socket.closed) await once(socket, 'close');
    assert.deepEqual(
      said.map(({ details }) => details['reason']),
      ['no answer within OTEL_FLUSH_DEADLINE_MS'],
    );
  });

  it('waits no longer for an answer that trickles', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const collector = await collectorFor(context);
    collector.answer = (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
      collector.server.emit('asked');
    };
    await flushLate(context, exportTo(collector.url).provider, collector);
  });

  it('cuts an endless answer off', async (context) => {
    const collector = await collectorFor(context);
    collector.answer = (response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
    };
    const { provider, said } = exportTo(collector.url);
    for (let i = 0; i < 4; i++) await flushOne(provider);
    assert.deepEqual([collector.spans.length, said.length], [4, 0]);
  });

  it('rests for 30 s after three answers of 500, tries once, and says when it is over and what was lost', async (context) => {
    const collector = await collectorFor(context);
    collector.answer = (response) => response.writeHead(500).end('secret');
    const { provider, said, clock } = exportTo(collector.url);
    for (let i = 0; i < 5; i++) await flushOne(provider);
    assert.equal(collector.requests.length, 3);
    clock.now += 30_000;
    await flushOne(provider);
    await flushOne(provider);
    assert.equal(collector.requests.length, 4);
    clock.now += 30_000;
    collector.answer = ok;
    await flushOne(provider);
    await flushOne(provider);
    assert.equal(collector.requests.length, 6);
    assert.deepEqual(said, [
      { message: 'Traces cannot be delivered and are dropped', details: { reason: 'HTTP 500', rest_ms: 30_000 } },
      { message: 'Traces are delivered again', details: { lost_spans: 7 } },
    ]);
  });

  it('rests for as long as a 503 asks', async (context) => {
    const collector = await collectorFor(context);
    collector.answer = (response) => response.writeHead(503, { 'retry-after': '7' }).end();
    const { provider, clock } = exportTo(collector.url);
    await flushOne(provider);
    collector.answer = ok;
    clock.now += 6999;
    await flushOne(provider);
    assert.equal(collector.requests.length, 1);
    clock.now += 1;
    await flushOne(provider);
    assert.equal(collector.requests.length, 2);
  });

  it('says once how many spans a partial success refused, and never why', async (context) => {
    const collector = await collectorFor(context);
    collector.answer = (response) => {
      response.end('{"partialSuccess":{"rejectedSpans":"1","errorMessage":"secret"}}');
    };
    const { provider, said } = exportTo(collector.url);
    for (let i = 0; i < 4; i++) await flushOne(provider);
    assert.equal(collector.requests.length, 4, 'it is a success all the same');
    assert.deepEqual(
      said.map(({ details }) => details),
      [{ rejected_spans: 1 }],
    );
  });
});

describe('exporter on connections that the collector closes while they are idle', () => {
  it('loses no span in 50 flushes', async (context) => {
    const collector = await collectorFor(context);
    const sockets = connectionsOf(collector);
    const { provider, said } = exportTo(collector.url);
    for (let i = 0; i < 50; i++) {
      // In the same tick as the flush, so that the exporter finds out only by writing.
      for (const socket of sockets)
        if (i % 2 === 0) socket.destroy();
        else socket.resetAndDestroy();
      await flushOne(provider);
    }
    assert.equal(new Set(collector.spans.map((span) => span.spanId)).size, 50);
    assert.deepEqual(said, []);
  });

  it('sends once more on a new connection, and only then, and only once', async (context) => {
    const collector = await collectorFor(context);
    const { provider } = exportTo(collector.url);
    const reset = () => (collector.answer = (_response, request) => void request.socket.resetAndDestroy());
    reset();
    await flushOne(provider);
    assert.equal(collector.requests.length, 1, 'a new connection is no stale one');
    collector.answer = ok;
    await flushOne(provider);
    reset();
    await flushOne(provider);
    assert.equal(collector.requests.length, 4, 'one more after the stale one');
  });

  it('does not trust a connection that was idle for a minute', async (context) => {
    const collector = await collectorFor(context);
    const sockets = connectionsOf(collector);
    context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { provider } = exportTo(collector.url);
    await flushOne(provider);
    context.mock.timers.tick(60_000);
    await flushOne(provider);
    assert.equal(sockets.size, 1);
    context.mock.timers.tick(60_001);
    await flushOne(provider);
    assert.equal(sockets.size, 2);
    assert.equal(collector.spans.length, 3);
  });
});
