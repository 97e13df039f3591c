/**
 * The built submit function, frozen after each invocation, while what lies between it and its collector and database
 * closes the idle connections: by FIN, by RST at once or at the next use, or without a word after a long time.
 * FREEZE_CYCLES=1000 for more.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import * as z from 'zod/mini';
import { requestTimeouts } from '../../infra/limits.ts';
import { readSettings } from '../../infra/settings.ts';
import { telemetryOf } from '../../infra/telemetry.ts';
import { freshDatabase } from '../database.ts';
import { submitEvent, SUBMISSION } from '../fixtures/http.ts';
import { PATIENCE } from '../fixtures/patience.ts';
import { startTcpProxy, type TcpProxy } from '../fixtures/tcp-proxy.ts';
import { startCollector } from '../layers/otel/fixtures/collector.ts';
import { startFunction } from './function.ts';

const DIST = resolve(import.meta.dirname, '../../dist');
const CYCLES = Number(process.env['FREEZE_CYCLES'] ?? 100);
const SEED = 20261123;
/** Longer than any connection is used again after: 5 minutes to the database, 1 to the collector. */
const LONG_FREEZE_MS = 301_000;

/** Shows a function another time of day than this machine's: a freeze of minutes without the wait. */
const CLOCK = `const { readFileSync } = require('node:fs');
const { now } = Date;
Date.now = () => now() + Number(readFileSync(process.env.CLOCK_FILE, 'utf8'));`;

function startClock(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'layer/clock'), { recursive: true });
  writeFileSync(join(folder, 'layer/clock/clock.js'), CLOCK);
  const file = join(folder, 'offset');
  let offset = 0;
  const advance = (ms: number) => writeFileSync(file, String((offset += ms)));
  advance(0);
  return { layer: join(folder, 'layer'), file, advance, now: () => Date.now() + offset };
}

/** From 0 to `below`, which is excluded: the same for the same seed. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

async function start(context: TestContext, flush: string) {
  const clock = startClock(context);
  const [database, collector] = await Promise.all([freshDatabase(), startCollector()]);
  const direct = new URL(database.url);
  const toDatabase = await startTcpProxy({ host: direct.hostname, port: Number(direct.port) });
  const toCollector = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(collector.url).port) });
  const url = new URL(direct);
  url.port = String(toDatabase.port);
  const submit = await startFunction({
    task: join(DIST, 'functions/submit'),
    layer: [join(DIST, 'layers'), clock.layer],
    handler: 'handler.handler',
    name: 'submit',
    timeoutMs: 60_000,
    now: clock.now,
    environment: {
      ...requestTimeouts(),
      ...telemetryOf(readSettings({ stage: 'sandbox' }), `http://127.0.0.1:${toCollector.port}`, '0.1.0'),
      NODE_OPTIONS: '--require /opt/clock/clock.js --require /opt/otel/otel.js',
      // Other work on this machine must cost neither spans nor submits.
      OTEL_FLUSH_DEADLINE_MS: '10000',
      ...PATIENCE,
      REQUEST_DEADLINE_MS: '40000',
      OTEL_LAMBDA_FLUSH: flush,
      POWERTOOLS_TRACE_ENABLED: 'false',
      NPI_CHECK_DIGIT: 'enforce',
      DATABASE_URL: url.href,
      DATABASE_ROLE: 'prior_auth_submit',
      CLOCK_FILE: clock.file,
    },
  });
  context.after(async () => {
    await submit.stop();
    await Promise.all([toDatabase.close(), toCollector.close(), collector.close()]);
  });
  return { clock, database, collector, proxies: [toDatabase, toCollector], submit };
}

/** What may befall the idle connections of a frozen function. */
const CLOSINGS: ((proxy: TcpProxy) => void)[] = [
  () => undefined,
  (proxy) => proxy.closeConnections(),
  (proxy) => proxy.resetConnections(),
  (proxy) => proxy.forgetConnections(),
];

function eventOf(cycle: number) {
  const body = { ...SUBMISSION, provider_npi: '1234567893' };
  const headers = cycle % 2 === 0 ? {} : { 'idempotency-key': `key-${cycle}` };
  return submitEvent(body, { claims: { client_id: 'clinic' }, headers });
}

const Answer = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()) });
const TREE = ['POST /prior-auth/submit', 'database_insert', 'generate_request_id', 'submit_prior_auth', 'validate_npi'];

for (const flush of ['before-response', 'after-response']) {
  describe(`a frozen function that flushes ${flush}`, { timeout: 120_000 + CYCLES * 1000 }, () => {
    test(`loses no span and no submit in ${CYCLES} freezes, and doubles none, whatever closes its connections`, async (context) => {
      const { clock, database, collector, proxies, submit } = await start(context, flush);
      const random = createRandom(SEED);
      const traces: string[] = [];
      for (let cycle = 0; cycle < CYCLES; cycle++) {
        const { payload, totalMs } = await submit.invoke(eventOf(cycle));
        const { statusCode, headers } = Answer.parse(payload);
        assert.equal(statusCode, 201, `cycle ${cycle} of seed ${SEED}: ${JSON.stringify(payload)}`);
        traces.push(headers['x-trace-id'] ?? '');
        await totalMs;
        if (random(4) === 0) {
          proxies.forEach((proxy) => proxy.silenceConnections());
          clock.advance(LONG_FREEZE_MS);
        } else for (const proxy of proxies) CLOSINGS[random(CLOSINGS.length)]?.(proxy);
      }
      const names = Map.groupBy(collector.spans, ({ traceId }) => traceId);
      for (const traceId of traces)
        assert.deepEqual(
          names
            .get(traceId)
            ?.map(({ name }) => name)
            .sort(),
          TREE,
        );
      const [rows] = await database.sql`select
        (select count(*)::int from prior_auth_requests) as requests,
        (select count(distinct event_id)::int from prior_auth_requests) as different,
        (select count(*)::int from prior_auth_idempotency_keys) as keys,
        (select count(*)::int from prior_auth_audit_events) as events`;
      assert.deepEqual(
        { ...rows },
        { requests: CYCLES, different: CYCLES, keys: Math.floor(CYCLES / 2), events: 3 * CYCLES },
      );
      assert.equal(submit.pids().length, 1);
      assert.deepEqual(
        submit.lines().filter((line) => line.includes('"level":"WARN"')),
        [],
      );
      context.diagnostic(
        `${CYCLES} freezes, connections: ${proxies.map((proxy) => proxy.connections()).join(' to the database, ')} to the collector`,
      );
    });
  });
}
