/**
 * What would be deployed, run: the synthesised code and layers as Lambda runs them, on a PostgreSQL that asks for IAM
 * tokens.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import postgres from 'postgres';
import * as z from 'zod/mini';
import { readMigrations } from '../../infra/database/migrate.ts';
import { startAnswers, type Answers } from '../fixtures/answers.ts';
import { startCollector, type Collector } from '../fixtures/collector.ts';
import { delivery, queued } from '../fixtures/delivery.ts';
import { synthesiseDeployment } from '../fixtures/deployment.ts';
import { httpEvent, SUBMISSION, submitEvent } from '../fixtures/http.ts';
import { isGoodToken } from '../fixtures/iam.ts';
import { PATIENCE } from '../fixtures/patience.ts';
import { startTlsDatabase, type TlsDatabase } from '../fixtures/tls-database.ts';
import { startTlsDoor, type TlsDoor } from '../fixtures/tls-door.ts';
import { startFunction, type LambdaFunction } from '../lambda-runtime/function.ts';

/** The name that the server proves; the template has the cluster's in its place. */
const HOST = 'localhost';
const NAMES = ['migrate', 'submit', 'status', 'health', 'metrics', 'bridge', 'reconcile'] as const;
type Name = (typeof NAMES)[number];

const deployment = synthesiseDeployment(HOST);
after(() => deployment.close());
let server: TlsDatabase;
let door: TlsDoor;
let collector: Collector;
let answers: Answers;
/** Laid over the layer of Amazon's authorities: the one of this test's server. */
const overlay = mkdtempSync(join(tmpdir(), 'prior-auth-overlay-'));
const running = new Map<Name, LambdaFunction>();

before(async () => {
  [server, collector, answers] = await Promise.all([startTlsDatabase(), startCollector(), startAnswers()]);
  // As RDS makes the owner of a new cluster: no superuser, but one who makes roles and gives them rds_iam.
  const sql = postgres(server.url, { max: 1 });
  await sql`create role prior_auth_owner login createrole`;
  await sql`grant rds_iam to prior_auth_owner with admin option`;
  await sql`create database prior_auth owner prior_auth_owner`;
  await sql.end();
  door = await startTlsDoor({
    certificate: server.authority.issue([HOST]),
    upstream: server.port,
    admits: (user, password) => isGoodToken(password, { host: HOST, port: door.port, user }),
  });
  mkdirSync(join(overlay, 'rds'));
  cpSync(server.caFile, join(overlay, 'rds/authorities.pem'));
});
after(async () => {
  await Promise.all([...running.values()].map((each) => each.stop()));
  await Promise.all([door.close(), collector.close()]);
  answers.close();
  rmSync(overlay, { recursive: true });
});

/**
 * A function with the template's own configuration, but for where the database, its authority and the collector are,
 * and patience.
 */
async function start(name: Name): Promise<LambdaFunction> {
  const known = running.get(name);
  if (known !== undefined) return known;
  const { environment, layer, ...options } = deployment.options(name);
  const { DATABASE_URL = '', OTEL_EXPORTER_OTLP_ENDPOINT: otlp } = environment;
  const started = await startFunction({
    ...options,
    timeoutMs: 120_000,
    layer: [...layer, overlay],
    environment: {
      ...environment,
      DATABASE_URL: DATABASE_URL.replace(':5432/', `:${door.port}/`),
      // Other work on this machine must cost neither answers nor spans.
      ...PATIENCE,
      REQUEST_DEADLINE_MS: '60000',
      ...(otlp === undefined
        ? {}
        : { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_FLUSH_DEADLINE_MS: '10000' }),
    },
  });
  running.set(name, started);
  return started;
}

async function invoke(name: Name, event: unknown): Promise<unknown> {
  const { payload, functionError } = await (await start(name)).invoke(event);
  assert.equal(functionError, undefined, JSON.stringify(payload));
  return payload;
}

const Answer = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() });
const claims = { client_id: 'provider', scope: 'prior-auth/submit prior-auth/read' };
/** Its check digit is right, which the cloud enforces. */
const submission = { ...SUBMISSION, provider_npi: '1234567893' };

describe('a deployment', { timeout: 240_000 }, () => {
  it('makes its schema as the owner, and tells CloudFormation', async () => {
    const ids = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Schema' };
    await invoke('migrate', { RequestType: 'Create', ResponseURL: answers.address, ...ids });
    const applied = readMigrations().map(({ name }) => name);
    assert.deepEqual(answers.puts.at(-1)?.body, {
      ...ids,
      PhysicalResourceId: 'schema',
      Status: 'SUCCESS',
      Data: { Applied: applied.join(', ') },
    });
  });

  it('takes a request of a token’s client, traces it, and shows it to that client', async () => {
    const submitted = Answer.parse(await invoke('submit', submitEvent(submission, { claims })));
    assert.equal(submitted.statusCode, 201, submitted.body);
    const traceId = submitted.headers['x-trace-id'] ?? '';
    assert.ok(collector.spansOf(traceId).includes('database_insert'));
    const resource = collector.bodies.at(-1) ?? '';
    assert.match(resource, /"deployment.environment.name","value":\{"stringValue":"sandbox"/);
    assert.match(resource, /"faas.name","value":\{"stringValue":"prior-auth-sandbox-submit"/);
    const read = { pathParameters: { request_id: 'PA-00001' } };
    const status = async (client: string) =>
      Answer.parse(await invoke('status', httpEvent({ ...read, claims: { ...claims, client_id: client } }))).statusCode;
    assert.deepEqual([await status('provider'), await status('somebody')], [200, 404]);
  });

  it('refuses who has no token, and what only a laptop may do', async () => {
    assert.equal(Answer.parse(await invoke('submit', submitEvent(submission))).statusCode, 401);
    const wrongDigit = Answer.parse(await invoke('submit', submitEvent(SUBMISSION, { claims })));
    assert.equal(wrongDigit.statusCode, 422);
    const slow = Answer.parse(await invoke('submit', submitEvent({ ...submission, member_id: 'M99999' }, { claims })));
    assert.equal(slow.statusCode, 201);
    assert.ok(!collector.spansOf(slow.headers['x-trace-id'] ?? '').includes('vip_member_slow_query'));
  });

  it('counts each line once, delivered or taken back from the dead letters', async () => {
    const lines = delivery((await start('submit')).lines());
    const counted = await invoke('bridge', lines);
    assert.deepEqual(counted, { counted: 4, duplicate: 0, quarantined: 0 });
    assert.deepEqual(await invoke('bridge', queued([lines])), { counted: 0, duplicate: 4, quarantined: 0 });
    const metrics = Answer.parse(await invoke('metrics', httpEvent({ path: '/metrics', claims })));
    assert.match(metrics.body, /^prior_auth_requests_total\{status="success"\} 2$/m);
    assert.match(metrics.body, /^prior_auth_requests_total\{status="validation_error"\} 2$/m);
  });

  it('is well, and finds nothing lost', async () => {
    const health = Answer.parse(await invoke('health', httpEvent()));
    assert.equal(health.statusCode, 200);
    assert.match(health.body, /"version":"1.2.3"/);
    assert.deepEqual(await invoke('reconcile', {}), { reconciled: 0, isDone: true });
  });

  it('let every function in by a token of its own, and wrote none of them anywhere', () => {
    // The migrator comes back to see that every other one may.
    assert.equal(door.passwords.length, NAMES.length + 1);
    const said = [...running.values()].flatMap((each) => each.lines()).join('\n');
    assert.doesNotMatch(said + collector.bodies.join(), /X-Amz-Signature|M12345|Z00\.00/);
    assert.deepEqual(new Set(door.serverNames), new Set([HOST]));
  });
});
