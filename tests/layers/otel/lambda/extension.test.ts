import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createExtension } from '../../../../layers/otel/lambda/extension.ts';

const TIMEOUT = { timeout: 120_000 };
const ID = '6f5f0b9e-5d7c-4d9b-8f5a-1b1f6a1f0c11';

interface Asked {
  readonly operation: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly response: ServerResponse;
}

/** The Extensions API, with answers by hand: `asked` gives the next request that waits. */
async function startApi(context: TestContext) {
  const waiting: Asked[] = [];
  const arrivals = new EventEmitter();
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      waiting.push({ operation: `${request.method} ${request.url}`, headers: request.headers, body, response });
      arrivals.emit('arrival');
    });
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  async function asked(): Promise<Asked> {
    while (waiting.length === 0) await once(arrivals, 'arrival');
    return waiting.shift()!;
  }
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    waiting,
    sockets,
    async register(status = 200) {
      const { response } = await asked();
      response.writeHead(status, { 'lambda-extension-identifier': ID }).end('{}');
    },
    invoke: ({ response }: Asked, deadlineMs = Date.now() + 60_000) =>
      response.end(JSON.stringify({ eventType: 'INVOKE', deadlineMs, requestId: 'a' })),
  };
}

function start(address: string | undefined) {
  const said: [string, object][] = [];
  const flushPolicy = createExtension(address, (message, details = {}) => said.push([message, details]));
  return { flushPolicy, said };
}

/** Work that is done when it is told to be. */
function work() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const events = new EventEmitter();
  let isStarted = false;
  return {
    run: async () => {
      isStarted = true;
      events.emit('started');
      await promise;
    },
    started: async () => {
      if (!isStarted) await once(events, 'started');
    },
    isStarted: () => isStarted,
    finish: () => resolve(undefined),
  };
}

/** What was to happen soon has happened, or does not. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await setImmediate();
}

describe('the extension', TIMEOUT, () => {
  it('registers for invocations and asks for events by its identifier', async (context) => {
    const api = await startApi(context);
    const { said } = start(api.address);
    const registration = await api.asked();
    assert.equal(registration.operation, 'POST /2020-01-01/extension/register');
    assert.equal(registration.headers['lambda-extension-name'], 'otel');
    assert.deepEqual(JSON.parse(registration.body), { events: ['INVOKE'] });
    registration.response.writeHead(200, { 'lambda-extension-identifier': ID }).end('{}');
    const next = await api.asked();
    assert.equal(next.operation, 'GET /2020-01-01/extension/event/next');
    assert.equal(next.headers['lambda-extension-identifier'], ID);
    assert.deepEqual(said, []);
  });

  for (const order of ['before', 'after'] as const) {
    it(`asks for its next event when the work is done, which began ${order} it heard of the invocation`, async (context) => {
      const api = await startApi(context);
      const { flushPolicy } = start(api.address);
      await api.register();
      for (let invocations = 0; invocations < 3; invocations++) {
        const next = await api.asked();
        if (order === 'after') api.invoke(next);
        const { run, started, isStarted, finish } = work();
        const mayAnswer = flushPolicy(run);
        assert.equal(isStarted(), false);
        await mayAnswer;
        await started();
        if (order === 'before') api.invoke(next);
        await settle();
        assert.deepEqual(api.waiting, []);
        finish();
      }
      await api.asked();
      assert.equal(api.sockets.size, 1);
    });
  }

  it('begins the work when what follows the answer at once has been done', async (context) => {
    const api = await startApi(context);
    const { flushPolicy } = start(api.address);
    await api.register();
    await api.asked();
    const order: string[] = [];
    await flushPolicy(() => {
      order.push('work');
      return Promise.resolve();
    });
    await Promise.resolve();
    process.nextTick(() => order.push('answer'));
    await settle();
    assert.deepEqual(order, ['answer', 'work']);
  });

  it('asks in time where a handler never comes to its flush', async (context) => {
    const api = await startApi(context);
    context.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    const timers = context.mock.method(globalThis, 'setTimeout').mock;
    start(api.address);
    await api.register();
    api.invoke(await api.asked());
    while (timers.callCount() === 0) await settle();
    context.mock.timers.tick(59_899);
    await settle();
    assert.deepEqual(api.waiting, []);
    context.mock.timers.tick(1);
    await api.asked();
  });

  it('asks once more where its connection was cut', async (context) => {
    const api = await startApi(context);
    const { flushPolicy, said } = start(api.address);
    await api.register();
    (await api.asked()).response.destroy();
    api.invoke(await api.asked());
    const { run, isStarted, finish } = work();
    await flushPolicy(run);
    assert.equal(isStarted(), false);
    finish();
    await api.asked();
    assert.deepEqual(said, []);
  });
});

describe('without the extension', TIMEOUT, () => {
  async function assertBefore({ flushPolicy }: ReturnType<typeof start>): Promise<void> {
    const { run, isStarted, finish } = work();
    let mayAnswer = false;
    const answered = flushPolicy(run).then(() => (mayAnswer = true));
    assert.equal(isStarted(), true);
    await settle();
    assert.equal(mayAnswer, false);
    finish();
    await answered;
  }
  const MESSAGE = 'No Extensions API: traces are delivered before each answer';

  it('work is done before the answer where there is no API, which is said once', async () => {
    const started = start(undefined);
    await settle();
    for (let count = 0; count < 2; count++) await assertBefore(started);
    await new Promise((later) => setTimeout(later, 50));
    assert.deepEqual(
      started.said.map(([message]) => message),
      [MESSAGE],
    );
  });

  it('… where it is refused, by the status of the refusal', async (context) => {
    const api = await startApi(context);
    const started = start(api.address);
    await api.register(403);
    while (started.said.length === 0) await settle();
    await assertBefore(started);
    assert.deepEqual(started.said, [[MESSAGE, { reason: 'HTTP 403' }]]);
    assert.deepEqual(api.waiting, []);
  });

  it('… where it is not yet known', async (context) => {
    const api = await startApi(context);
    const started = start(api.address);
    await assertBefore(started);
    assert.deepEqual(started.said, []);
  });

  it('… where no event can be had any more', async (context) => {
    const api = await startApi(context);
    const started = start(api.address);
    await api.register();
    for (let count = 0; count < 2; count++) (await api.asked()).response.destroy();
    while (started.said.length === 0) await settle();
    await assertBefore(started);
    assert.deepEqual(started.said, [[MESSAGE, { reason: 'ECONNRESET' }]]);
  });
});
