/** When the traces of a built function leave it: before the answer or after it, on a platform that freezes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, test, type TestContext } from 'vitest';
import { submitEvent } from '../fixtures/http.ts';
import { ok, startCollector, type Collector } from '../layers/otel/fixtures/collector.ts';
import { startFunction } from './function.ts';

const DIST = resolve(import.meta.dirname, '../../dist');
const TIMEOUT = { timeout: 240_000 };
const MODES = ['before-response', 'after-response'] as const;
type Mode = (typeof MODES)[number];
/** A refused submit has two spans, and needs no database. */
const REFUSED = submitEvent({});
const SPANS = 2;

async function start(context: TestContext, mode: Mode, deadlineMs: number) {
  const collector = await startCollector();
  const submit = await startFunction({
    task: join(DIST, 'functions/submit'),
    layer: join(DIST, 'layers'),
    handler: 'handler.handler',
    name: 'submit',
    timeoutMs: 30_000,
    environment: {
      NODE_OPTIONS: '--require /opt/otel/otel.js',
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
      ANONYMOUS_CALLER: 'local',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_FLUSH_DEADLINE_MS: String(deadlineMs),
      OTEL_LAMBDA_FLUSH: mode,
    },
  });
  context.onTestFinished(async () => {
    await submit.stop();
    await collector.close();
  });
  return { collector, ...submit };
}

/** What the layer wrote; the rest are wide events. */
const warningsOf = (lines: readonly string[]) => lines.filter((line) => line.includes('"level":"WARN"'));

/** Makes a collector wait with its answers; what waits is given in turn. */
function withhold(collector: Collector) {
  const waiting: ServerResponse[] = [];
  collector.answer = (response) => {
    waiting.push(response);
    collector.server.emit('withheld');
  };
  return async () => {
    while (waiting.length === 0) await once(collector.server, 'withheld');
    return waiting.shift()!;
  };
}

/** What was on its way has arrived. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns++) await setImmediate();
}

for (const mode of MODES) {
  describe(`traces delivered ${mode}`, { ...TIMEOUT, concurrent: true }, () => {
    test('are all delivered, of 1,000 invocations with a freeze after each', async (context) => {
      const { collector, invoke, lines, pids } = await start(context, mode, 10_000);
      const invocations = 1000;
      for (let count = 0; count < invocations; count++) {
        const { payload } = await invoke(REFUSED);
        assert.equal((payload as { statusCode: number }).statusCode, 422);
      }
      await (
        await invoke(REFUSED)
      ).totalMs;
      assert.equal(new Set(collector.spans.map(({ spanId }) => spanId)).size, (invocations + 1) * SPANS);
      assert.equal(collector.spans.length, (invocations + 1) * SPANS);
      assert.deepEqual([warningsOf(lines()), pids().length], [[], 1]);
    });

    test('to a black hole cost a deadline three times, then nothing', async (context) => {
      const deadlineMs = 1000;
      const { collector, invoke, lines, pids } = await start(context, mode, deadlineMs);
      collector.answer = () => undefined;
      const answered: number[] = [];
      for (let count = 0; count < 3; count++) {
        const { responseMs, totalMs } = await invoke(REFUSED);
        answered.push(responseMs);
        const late = mode === 'before-response' ? responseMs : await totalMs;
        // Lambda counts from before the flush begins.
        assert.ok(late >= deadlineMs - 1, `${late} ms`);
      }
      const then: number[] = [];
      for (let count = 0; count < 20; count++) then.push(await (await invoke(REFUSED)).totalMs);
      // Other work on the machine may add to one of them: what waits for the deadline does so each time.
      if (mode === 'after-response') assert.ok(Math.min(...answered) < deadlineMs * 0.9, `${answered.join()} ms`);
      assert.ok(Math.min(...then) < deadlineMs * 0.9, `${then.join()} ms`);
      assert.equal(collector.requests.length, 3);
      const [warning = '', ...others] = warningsOf(lines());
      assert.deepEqual(others, []);
      assert.match(
        warning,
        /"Traces cannot be delivered and are dropped","reason":"no answer within OTEL_FLUSH_DEADLINE_MS"/,
      );
      assert.equal(pids().length, 1);
    });
  });
}

test('before the response: the caller waits for the collector', TIMEOUT, async (context) => {
  const { collector, invoke } = await start(context, 'before-response', 10_000);
  const withheld = withhold(collector);
  let hasAnswer = false;
  const answered = invoke(REFUSED).then(() => (hasAnswer = true));
  const response = await withheld();
  await settle();
  assert.equal(hasAnswer, false);
  ok(response, response.req);
  await answered;
});

test(
  'after the response: the collector waits for the caller, and the next invocation for the collector',
  TIMEOUT,
  async (context) => {
    const { collector, invoke } = await start(context, 'after-response', 10_000);
    const withheld = withhold(collector);
    for (let count = 1; count <= 3; count++) {
      const { totalMs } = await invoke(REFUSED);
      let isOver = false;
      void totalMs.then(() => (isOver = true));
      const response = await withheld();
      await settle();
      assert.deepEqual([collector.requests.length, isOver], [count, false]);
      ok(response, response.req);
      await totalMs;
    }
  },
);
