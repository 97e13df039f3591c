import { build as esbuild } from 'esbuild';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest';
import { build } from '../../../infra/build.ts';
import { makeAuthority } from '../../fixtures/authority.ts';
import { attributesOf, startCollector, type Collector } from './fixtures/collector.ts';

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const TRACEPARENT = `00-${CALLER.traceId}-${CALLER.spanId}-00`;
const LAMBDA = { AWS_LAMBDA_FUNCTION_NAME: 'submit', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256' };

let folder = '';
let bundle = '';
let layer = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'built layer '));
  await build({ outdir: join(folder, 'dist') });
  layer = join(folder, 'dist/layers/otel/otel.js');
  bundle = join(folder, 'function.mjs');
  await esbuild({
    entryPoints: [join(import.meta.dirname, 'fixtures/function.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
  });
});
afterAll(() => rm(folder, { recursive: true }));

function preload(file: string): string {
  return `--require "${file}"`;
}

/** Runs the function once in a process of its own. */
async function run(environment: Record<string, string>): Promise<{ stdout: string; stderr: string }> {
  const env = { OTEL_FLUSH_DEADLINE_MS: '10000', ...environment };
  return promisify(execFile)(process.execPath, [bundle, TRACEPARENT], { env, timeout: 60_000 });
}

async function collectorFor(context: TestContext): Promise<Collector> {
  const collector = await startCollector();
  context.onTestFinished(() => collector.close());
  return collector;
}

function assertWholeTrace({ spans, resource }: Collector): void {
  const [insert, submit, root] = spans;
  assert.deepEqual(
    spans.map(({ name }) => name),
    ['database_insert', 'submit_prior_auth', 'POST /prior-auth/submit'],
  );
  assert.deepEqual(
    [root?.parentSpanId, submit?.parentSpanId, insert?.parentSpanId],
    [CALLER.spanId, root?.spanId, submit?.spanId],
  );
  assert.deepEqual([...new Set(spans.map(({ traceId }) => traceId))], [CALLER.traceId]);
  const times = [root, submit, insert, insert, submit, root].map((span, i) =>
    BigInt((i < 3 ? span?.startTimeUnixNano : span?.endTimeUnixNano) ?? 0),
  );
  assert.deepEqual(
    times,
    times.toSorted((a, b) => (a < b ? -1 : 1)),
    'children lie within their parents',
  );
  assert.equal(attributesOf(insert!)['db.query.summary'], 'INSERT prior_auth_requests');
  assert.equal(resource['service.name'], 'prior-auth-api');
  assert.equal(resource['service.version'], '1.2.3');
  assert.equal(resource['faas.name'], 'submit');
  assert.equal(resource['faas.max_memory'], 268_435_456);
}

describe('the built layer under a function bundled by itself', () => {
  it('delivers the tree of spans from a process, in a path with a space', async (context) => {
    const collector = await collectorFor(context);
    const { stdout, stderr } = await run({
      ...LAMBDA,
      NODE_OPTIONS: preload(layer),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.2.3',
    });
    assert.deepEqual(JSON.parse(stdout), { traceId: CALLER.traceId, kept: true });
    assert.equal(stderr, '');
    assertWholeTrace(collector);
  });

  it('delivers it from worker threads that have NODE_OPTIONS in their own environment', async (context) => {
    const collector = await collectorFor(context);
    const env = {
      ...LAMBDA,
      NODE_OPTIONS: preload(layer),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_FLUSH_DEADLINE_MS: '10000',
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.2.3',
    };
    const worker = new Worker(bundle, { env, argv: [TRACEPARENT], stdout: true });
    assert.deepEqual(JSON.parse(await text(worker.stdout)), { traceId: CALLER.traceId, kept: true });
    assertWholeTrace(collector);
  });

  it('speaks TLS to a collector whose certificate it can verify, and to no other', async (context) => {
    const trusted = makeAuthority();
    const { cert, key } = trusted.issue(['127.0.0.1', 'localhost']);
    const asked: string[] = [];
    const SNICallback = (name: string, done: (error: null) => void) => {
      asked.push(name);
      done(null);
    };
    const collector = await startCollector((listener) => createTlsServer({ cert, key, SNICallback }, listener));
    context.onTestFinished(() => collector.close());
    const authority = join(folder, 'authority.pem');
    await writeFile(authority, trusted.cert);
    const environment = {
      ...LAMBDA,
      NODE_OPTIONS: preload(layer),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('http:', 'https:'),
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.2.3',
    };
    assert.match((await run(environment)).stdout, /"kept":true/);
    assert.equal(collector.spans.length, 0);
    assert.match((await run({ ...environment, NODE_EXTRA_CA_CERTS: authority })).stdout, /"kept":true/);
    assertWholeTrace(collector);
    assert.deepEqual(asked, [], 'an address is no server name');
    const byName = environment.OTEL_EXPORTER_OTLP_ENDPOINT.replace('127.0.0.1', 'localhost');
    await run({ ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: byName, NODE_EXTRA_CA_CERTS: authority });
    assert.equal(collector.spans.length, 6);
    assert.deepEqual(asked, ['localhost']);
  });

  it('works without an endpoint: ids, and nothing said', async () => {
    const { stdout, stderr } = await run({ NODE_OPTIONS: preload(layer) });
    assert.deepEqual(JSON.parse(stdout), { traceId: CALLER.traceId, kept: false });
    assert.equal(stderr, '');
  });

  const AFTER = { OTEL_LAMBDA_FLUSH: 'after-response', OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.2.3' };

  it('delivers after the answer where there is an Extensions API, whose silence does not hold up the end', async (context) => {
    const collector = await collectorFor(context);
    const asked: string[] = [];
    const api = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (asked.length === 2) response.end(JSON.stringify({ deadlineMs: Date.now() + 60_000 }));
      if (request.method === 'POST') response.setHeader('lambda-extension-identifier', 'a').end('{}');
    });
    await new Promise<void>((done) => api.listen(0, '127.0.0.1', done));
    context.onTestFinished(() => void api.close());
    const { stderr } = await run({
      ...LAMBDA,
      ...AFTER,
      NODE_OPTIONS: preload(layer),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(api.address() as AddressInfo).port}`,
    });
    assert.equal(stderr, '');
    assert.equal(asked[0], 'POST /2020-01-01/extension/register');
    assertWholeTrace(collector);
  });

  it('delivers before the answer where there is none, and says so once', async (context) => {
    const collector = await collectorFor(context);
    const environment = { ...LAMBDA, ...AFTER, NODE_OPTIONS: preload(layer) };
    const { stderr } = await run({ ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    assert.match(stderr, /^\{"level":"WARN".*No Extensions API: traces are delivered before each answer.*\n$/);
    assertWholeTrace(collector);
    assert.equal((await run(environment)).stderr, '', 'nothing to deliver, nothing to say');
  });

  it('says all that is wrong with its settings in one line, and functions work', async () => {
    const { stdout, stderr } = await run({
      NODE_OPTIONS: preload(layer),
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:secret@127.0.0.1:4318/v1/traces',
      OTEL_TRACES_SAMPLER_ARG: 'half',
    });
    assert.deepEqual(JSON.parse(stdout), { traceId: CALLER.traceId, kept: false });
    const { level, service, faults } = JSON.parse(stderr) as Record<string, string>;
    assert.deepEqual([level, service], ['WARN', 'prior-auth-api']);
    assert.match(faults!, /OTEL_EXPORTER_OTLP_ENDPOINT must be .*base URL.*; OTEL_TRACES_SAMPLER_ARG must be/);
    assert.doesNotMatch(stderr, /secret/);
  });
});

describe('a layer that is not whole', () => {
  const broken = {
    'is missing': undefined,
    'is no JavaScript': 'const = ;',
    throws: 'throw new Error("as it does")',
    'throws what is no error': 'throw Object.create(null)',
  };
  for (const [what, implementation] of Object.entries(broken)) {
    it(`lets functions work and says so once when its implementation ${what}`, async (context) => {
      const copy = await mkdtemp(join(folder, 'broken '));
      context.onTestFinished(() => rm(copy, { recursive: true }));
      await cp(layer, join(copy, 'otel.js'));
      if (implementation !== undefined) await writeFile(join(copy, 'otel-implementation.js'), implementation);
      const { stdout, stderr } = await run({ NODE_OPTIONS: preload(join(copy, 'otel.js')) });
      assert.match(stdout, /"kept":false/);
      const { level, message } = JSON.parse(stderr) as Record<string, string>;
      assert.deepEqual(
        [level, message],
        ['WARN', 'The OpenTelemetry layer could not be loaded: functions run without telemetry'],
      );
    });
  }
});
