import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { freshDatabase } from '../database.ts';
import { startCollector, type Behaviour, type Collector } from '../fixtures/collector.ts';
import { startTcpProxy, type TcpProxy } from '../fixtures/tcp-proxy.ts';
import { partOf, startStack, submit, until, WAIT_MS, type Answer, type Stack } from './stack.ts';

/**
 * What the answer may be late by with nobody listening: the flush deadline of this stack, which is the longest, and
 * room for a busy machine.
 */
const FLUSH_DEADLINE_MS = 600;
const SLACK_MS = 5000;
const SPANS = [
  'database_insert',
  'generate_request_id',
  'POST /prior-auth/submit',
  'submit_prior_auth',
  'validate_npi',
].sort();

let collector: Collector;
let proxy: TcpProxy;
let stack: Stack;

before(async () => {
  collector = await startCollector();
  const database = new URL((await freshDatabase()).url);
  proxy = await startTcpProxy({ host: database.hostname, port: Number(database.port) });
  database.port = String(proxy.port);
  stack = await startStack({
    environment: {
      DATABASE_URL: database.href,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_FLUSH_DEADLINE_MS: String(FLUSH_DEADLINE_MS),
    },
  });
  await submit(stack);
});
after(async () => {
  await stack.stop();
  await collector.close();
  await proxy.close();
});

const traceIdOf = (answer: Answer) => answer.headers.get('x-trace-id') ?? '';

async function timedSubmit(): Promise<{ answer: Answer; ms: number }> {
  const started = performance.now();
  const answer = await submit(stack);
  return { answer, ms: performance.now() - started };
}

function assertExported(answer: Answer): Promise<void> {
  return until(
    () => collector.spansOf(traceIdOf(answer)).length >= SPANS.length,
    WAIT_MS,
    () => `the collector has ${JSON.stringify(collector.spansOf(traceIdOf(answer)))}`,
  );
}

describe('a submit', () => {
  test('with DATABASE_URL and an OTLP endpoint of one’s own uses those, and no embedded part', async () => {
    const answer = await submit(stack);
    assert.equal(answer.status, 201);
    await assertExported(answer);
    assert.deepEqual(collector.spansOf(traceIdOf(answer)).sort(), SPANS);
    assert.doesNotMatch(stack.output(), /started PostgreSQL|started the OTLP receiver/);
  });

  test('survives collector and database connections that were closed while it was idle, 20 times, and loses no span', async () => {
    for (let round = 0; round < 20; round++) {
      collector.closeConnections();
      proxy.closeConnections();
      const answer = await submit(stack);
      assert.equal(answer.status, 201);
      await assertExported(answer);
      assert.deepEqual(collector.spansOf(traceIdOf(answer)).sort(), SPANS, 'spans are lost or doubled');
    }
  });

  for (const behaviour of ['dead', 'failing', 'black hole'] satisfies Behaviour[]) {
    test(`is answered as ever with a ${behaviour} collector, late by the flush deadline at most`, async () => {
      await renewEnvironments();
      // A cold start takes its time without a collector at fault.
      await assertExported(await submit(stack));
      await collector.become(behaviour);
      const before = collector.requests();
      for (let n = 0; n < 6; n++) {
        const { answer, ms } = await timedSubmit();
        assert.equal(answer.status, 201);
        assert.ok(ms < FLUSH_DEADLINE_MS + SLACK_MS, `${ms} ms`);
      }
      // Requests in sequence use one environment, whose exporter rests after three failed flushes. (A dead port hears
      // none.)
      assert.equal(collector.requests() - before, behaviour === 'dead' ? 0 : 3);
      await collector.become('healthy');
    });
  }
});

/** Each environment has a breaker of its own, so a new API has closed ones. */
async function renewEnvironments(): Promise<void> {
  const restarts = () => stack.output().split('The API is up again.').length;
  const before = restarts();
  process.kill(partOf(stack, 'The API').pid, 'SIGKILL');
  await until(
    () => restarts() > before,
    WAIT_MS,
    () => stack.output(),
  );
}
