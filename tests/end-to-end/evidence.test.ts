import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import postgres from 'postgres';
import { beforeAll, describe, test } from 'vitest';
import { asSuperuser, MINUTE_MS, storeRequest } from '../fixtures/evidence.ts';
import { runCommand } from '../fixtures/run-command.ts';
import { choosePorts, partOf, request, stackFolder, startStack, submit, until, WAIT_MS, type Stack } from './stack.ts';

const folder = stackFolder();
const ports = await choosePorts();
const evidence = join(folder, 'evidence', 'functions.ndjson');
/** Reconcile comes when it is asked to: a row of half an hour ago must be there before its first look at that time. */
const NEVER = { RECONCILE_INTERVAL_SECONDS: '86400' };
const environment = { LOCAL_DIR: folder, TRACES_PORT: ports.TRACES_PORT };
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ folder, ports, environment: NEVER });
});

const verify = (args: readonly string[] = []) => runCommand('functions/verify/cli.ts', args, { environment });

async function assertClean(text: RegExp): Promise<void> {
  const { code, stdout, stderr } = await verify();
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.match(stdout, text);
}

async function reconcile(): Promise<void> {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new LambdaClient({ endpoint: stack.lambda, region: 'us-east-1', credentials });
  assert.equal((await client.send(new InvokeCommand({ FunctionName: 'reconcile' }))).FunctionError, undefined);
}

/** As a submit of half an hour ago that a crash left without its line. */
async function storeOldRequest(): Promise<void> {
  const sql = postgres(await stack.databaseUrl(), { max: 1 });
  await storeRequest(
    { sql, abandon: () => undefined, isAbandoned: () => false },
    { createdAt: new Date(Date.now() - 30 * MINUTE_MS) },
  );
  await sql.end();
}

describe('the evidence of a running npm run local', () => {
  test('is clean after submits, replays and refusals', async () => {
    const key = randomUUID();
    for (let n = 0; n < 10; n++) await submit(stack);
    for (let n = 0; n < 3; n++) assert.equal((await submit(stack, {}, { 'idempotency-key': key })).status, 201);
    assert.equal((await submit(stack, { provider_npi: 'x' })).status, 422);
    await assertClean(/^11 requests, 33 audit events, 0 findings\.\n/);
  });

  test('is an evidence log of its own, with checkpoints and what reconcile witnessed', async () => {
    assert.equal(existsSync(evidence), false);
    await storeOldRequest();
    await reconcile();
    const lines = readFileSync(evidence, 'utf8').trim().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { message: string }).message),
      ['Witnessed from the row', 'Checkpoint'],
    );
    await assertClean(/^12 requests, 36 audit events, 0 findings\. Reconcile witnessed.*PA-00012\. 1 checkpoints/);
  });

  test('tells an edited request apart, and a request that is purged', async () => {
    const sql = postgres(await stack.databaseUrl(), { max: 1 });
    await asSuperuser(sql, `update prior_auth_requests set member_id = 'EVIL' where id = 3`);
    const edited = await verify();
    assert.equal(edited.code, 1);
    assert.match(edited.stderr, /^PA-00003: .*the digest does not hold\n$/);
    await asSuperuser(sql, `update prior_auth_requests set member_id = 'M12345' where id = 3`);
    await sql.end();
    const args = ['--request', 'PA-00012', '--reason', 'retention', '--yes'];
    const purged = await runCommand('functions/purge/cli.ts', args, { environment });
    assert.equal(purged.code, 0, purged.stderr);
    await assertClean(/^11 requests, 33 audit events, 0 findings\. .*1 requests were purged/);
  });

  test('bundles a request with its trace', async () => {
    const bundle = join(folder, 'bundle');
    const { code, stderr } = await verify(['--request', 'PA-00001', '--evidence', bundle]);
    assert.equal(code, 0, stderr);
    const { trace_id } = JSON.parse(readFileSync(join(bundle, 'log.ndjson'), 'utf8')) as { trace_id: string };
    const trace = JSON.parse(readFileSync(join(bundle, 'trace.json'), 'utf8')) as { data: { traceID: string }[] };
    assert.equal(trace.data[0]?.traceID, trace_id);
  });

  test('is clean after kill -9 of PostgreSQL and of the API', async () => {
    for (const part of ['PostgreSQL', 'The API']) {
      const { pid } = partOf(stack, part);
      process.kill(pid, 'SIGKILL');
      await until(
        async () => {
          const answer = await request(`${stack.api}/health`).catch(() => undefined);
          return partOf(stack, part).pid !== pid && answer?.status === 200;
        },
        WAIT_MS,
        () => `${part} did not come back`,
      );
      assert.equal((await submit(stack)).status, 201);
      await assertClean(/0 findings\./);
    }
  });

  test('is clean after a restart, and after --reset, which takes the evidence log along', async () => {
    await stack.stop();
    stack = await startStack({ folder, ports, environment: NEVER });
    await submit(stack);
    await assertClean(/0 findings\..*1 checkpoints/);
    await stack.stop();
    stack = await startStack({ folder, ports, args: ['--reset'], environment: NEVER });
    assert.equal(existsSync(evidence), false);
    assert.equal((await submit(stack)).json['request_id'], 'PA-00001');
    await assertClean(/^1 requests, 3 audit events, 0 findings\.\n/);
  });
});
