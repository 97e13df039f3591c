/** The bundles and the layer of dist/ as Lambda runs them, on a real PostgreSQL and a collector. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, test, type TestContext } from 'vitest';
import * as z from 'zod/mini';
import { migrate } from '../../infra/database/migrate.ts';
import { freshDatabase, type TestDatabase } from '../database.ts';
import { startCollector, type Collector } from '../fixtures/collector.ts';
import { insertRequest } from '../fixtures/committed-request.ts';
import { delivery } from '../fixtures/delivery.ts';
import { httpEvent, SUBMISSION, submitEvent } from '../fixtures/http.ts';
import { isGoodToken } from '../fixtures/iam.ts';
import { PATIENCE } from '../fixtures/patience.ts';
import { startTlsDatabase } from '../fixtures/tls-database.ts';
import { startTlsDoor } from '../fixtures/tls-door.ts';
import { startFunction, type LambdaFunction } from './function.ts';

const DIST = resolve(import.meta.dirname, '../../dist');
const TIMEOUT = { timeout: 240_000 };
const LAYER = { NODE_OPTIONS: '--require /opt/otel/otel.js' };

const Answer = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() });
const Line = z.looseObject({ request_id: z.optional(z.string()), trace_id: z.string() });

let database: TestDatabase;
let collector: Collector;
beforeAll(async () => {
  [database, collector] = await Promise.all([freshDatabase(), startCollector()]);
});
afterAll(() => collector.close());

interface Options {
  readonly environment?: Record<string, string>;
  /** Beside the one with OpenTelemetry. */
  readonly layer?: string;
}

/** A built function with the layer, in its own role. */
async function start(context: TestContext, name: string, { environment = {}, layer }: Options = {}) {
  const started = await startFunction({
    task: join(DIST, 'functions', name),
    layer: [join(DIST, 'layers'), ...(layer === undefined ? [] : [layer])],
    handler: 'handler.handler',
    name,
    timeoutMs: 60_000,
    environment: {
      ...LAYER,
      DATABASE_URL: database.url,
      DATABASE_ROLE: `prior_auth_${name}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      // Nothing here is about a limit.
      ...PATIENCE,
      OTEL_FLUSH_DEADLINE_MS: '10000',
      REQUEST_DEADLINE_MS: '40000',
      ANONYMOUS_CALLER: 'local',
      NPI_CHECK_DIGIT: 'warn',
      ...environment,
    },
  });
  context.onTestFinished(() => started.stop());
  return started;
}

async function answerOf({ invoke }: LambdaFunction, event: object) {
  const { payload, functionError } = await invoke(event);
  assert.equal(functionError, undefined, JSON.stringify(payload));
  const { statusCode, headers, body } = Answer.parse(payload);
  return {
    status: statusCode,
    traceId: headers['x-trace-id'] ?? '',
    text: body,
    json: () => JSON.parse(body) as Record<string, unknown>,
  };
}

const linesOf = (started: LambdaFunction) => started.lines().map((line) => Line.parse(JSON.parse(line)));

describe('a built function as Lambda runs it', TIMEOUT, () => {
  test('submit stores a request, exports its trace by the layer and writes one line', async (context) => {
    const submit = await start(context, 'submit');
    const answer = await answerOf(submit, submitEvent(SUBMISSION));
    assert.equal(answer.status, 201);
    assert.deepEqual(collector.spansOf(answer.traceId).sort(), [
      'POST /prior-auth/submit',
      'database_insert',
      'generate_request_id',
      'submit_prior_auth',
      'validate_npi',
    ]);
    assert.match(collector.bodies.at(-1) ?? '', /"faas.name","value":\{"stringValue":"submit"/);
    assert.deepEqual(
      linesOf(submit).map(({ request_id, trace_id }) => [request_id, trace_id]),
      [[answer.json()['request_id'], answer.traceId]],
    );

    const status = await start(context, 'status');
    const requestId = String(answer.json()['request_id']);
    const found = await answerOf(status, httpEvent({ pathParameters: { request_id: requestId } }));
    assert.equal(found.status, 200);
    assert.equal((found.json()['audit'] as unknown[]).length > 0, true);
  });

  test('what submit wrote is counted by bridge, once, and shown by metrics', async (context) => {
    const submit = await start(context, 'submit');
    for (let count = 0; count < 3; count++) await answerOf(submit, submitEvent(SUBMISSION));
    await answerOf(submit, submitEvent({}));
    const bridge = await start(context, 'bridge');
    const lines = delivery(submit.lines());
    assert.deepEqual((await bridge.invoke(lines)).payload, { counted: 4, duplicate: 0, quarantined: 0 });
    assert.deepEqual((await bridge.invoke(lines)).payload, { counted: 0, duplicate: 4, quarantined: 0 });
    const metrics = await start(context, 'metrics');
    const { status, text } = await answerOf(metrics, httpEvent({ path: '/metrics' }));
    assert.equal(status, 200);
    assert.match(text, /^prior_auth_requests_total\{status="success"\} 3$/m);
    assert.match(text, /^prior_auth_requests_total\{status="validation_error"\} 1$/m);
  });

  test('reconcile finds what bridge was not given', async (context) => {
    await insertRequest(database.sql);
    const reconcile = await start(context, 'reconcile');
    assert.deepEqual((await reconcile.invoke({})).payload, { reconciled: 1, isDone: true });
  });

  test('health says whether the database is there', async (context) => {
    const health = await start(context, 'health');
    assert.equal((await answerOf(health, httpEvent())).status, 200);
    const away = await start(context, 'health', {
      environment: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' },
    });
    const { status, json } = await answerOf(away, httpEvent());
    assert.equal(status, 503);
    assert.match(JSON.stringify(json()), /"error":"ECONNREFUSED"/);
  });

  test('without its settings answers 500 where somebody waits for it, and fails to start where nobody does', async (context) => {
    const environment = { DATABASE_URL: '' };
    const submit = await start(context, 'submit', { environment });
    assert.equal((await answerOf(submit, submitEvent(SUBMISSION))).status, 500);
    const bridge = await start(context, 'bridge', { environment });
    const { payload, functionError } = await bridge.invoke(delivery([]));
    assert.equal(functionError, 'Unhandled');
    const { errorType, errorMessage } = payload as Record<string, unknown>;
    assert.deepEqual([errorType, errorMessage], ['SettingsError', 'Invalid settings: DATABASE_URL is not set']);
  });

  test('whose own work throws fails the invocation, so that Lambda tries it again', async (context) => {
    const bridge = await start(context, 'bridge', { environment: { DATABASE_ROLE: 'prior_auth_health' } });
    const submit = await start(context, 'submit');
    await answerOf(submit, submitEvent(SUBMISSION));
    const { payload, functionError } = await bridge.invoke(delivery(submit.lines()));
    assert.equal(functionError, 'Unhandled');
    const { errorType, errorMessage } = payload as Record<string, unknown>;
    assert.deepEqual([errorType, errorMessage], ['Error', 'The database failed: 42501']);
  });
});

test(
  'a built function logs in as in the cloud: by IAM, as its own role, at a server that it verified',
  TIMEOUT,
  async (context) => {
    const server = await startTlsDatabase();
    await migrate(server.url);
    const door = await startTlsDoor({
      certificate: server.authority.issue(['localhost']),
      upstream: server.port,
      admits: (user, password) => isGoodToken(password, { host: 'localhost', port: door.port, user }),
    });
    context.onTestFinished(() => door.close());
    const layer = mkdtempSync(join(tmpdir(), 'layer-'));
    context.onTestFinished(() => rmSync(layer, { recursive: true }));
    mkdirSync(join(layer, 'rds'));
    cpSync(server.caFile, join(layer, 'rds/authorities.pem'));
    const login = (user: string) => ({
      DATABASE_URL: `postgresql://${user}@localhost:${door.port}/postgres`,
      DATABASE_ROLE: '',
      DATABASE_AUTH: 'iam',
      DATABASE_CA_FILE: '/opt/rds/authorities.pem',
    });
    const submit = await start(context, 'submit', { layer, environment: login('prior_auth_submit') });
    for (let count = 0; count < 2; count++) assert.equal((await answerOf(submit, submitEvent(SUBMISSION))).status, 201);
    const health = await start(context, 'health', { layer, environment: login('prior_auth_health') });
    assert.equal((await answerOf(health, httpEvent())).status, 200);
    assert.equal(door.passwords.length, 2);
    const wrong = await start(context, 'health', { environment: login('prior_auth_health') });
    assert.equal((await answerOf(wrong, httpEvent())).status, 500);

    const sql = postgres(server.url, { max: 1 });
    const [row] = await sql<[{ count: string }]>`select count(*) from prior_auth_requests`;
    await sql.end();
    assert.equal(row.count, '2');
    const said = [...submit.lines(), ...health.lines(), ...wrong.lines(), ...collector.bodies].join('\n');
    assert.doesNotMatch(said, /X-Amz-Signature/);
    assert.match(said, /DATABASE_CA_FILE cannot be read/);
  },
);
