/**
 * What the system costs wherever it runs, a few per cent above what it costs today: what is added is to be seen here
 * first, and raised on purpose. Round trips to the database are counted in submit.test.ts and metrics.test.ts, the page
 * in page.test.ts.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { freshDatabase } from './database.ts';
import { startBuiltFunction, type BuiltFunction } from './fixtures/built-function.ts';
import { startCollector, type Collector } from './fixtures/collector.ts';
import { SUBMISSION, submitEvent } from './fixtures/http.ts';

const DIST = resolve(import.meta.dirname, '../dist');
const STUB = 'layers/otel/otel.js';
const LAYER = [STUB, 'layers/otel/otel-implementation.js'];

const MAX_BUNDLE_BYTES = {
  'functions/submit/handler.js': 102_500,
  'functions/submit/powertools-tracer.js': 131_000,
  'functions/status/handler.js': 95_000,
  'functions/bridge/handler.js': 104_000,
  'functions/metrics/handler.js': 104_500,
  'functions/health/handler.js': 89_000,
  'functions/reconcile/handler.js': 94_500,
};
const MAX_LAYER_BYTES = 31_300;
const MAX_LAYER_GZIP_BYTES = 12_400;
/** Of Node's own, beside those that a bare script loads. */
const MAX_MODULES_OF_LAYER = 11;
const MAX_MODULES_OF_SUBMIT = 43;
const MAX_LOG_BYTES = 850;
const MAX_TRACE_BYTES = 3000;
const SUBMITS = 20;
const TIME_OF_ID = '017f22e2-79b0';

function assertAtMost(value: number, limit: number, what: string): void {
  assert.ok(value <= limit, `${what}: ${value}, and ${limit} is the limit`);
}

describe('what is deployed', () => {
  for (const [file, limit] of Object.entries(MAX_BUNDLE_BYTES)) {
    it(`${file} stays small`, () => assertAtMost(read(file).length, limit, 'bytes'));
  }

  it('the layer stays small', () => {
    const files = LAYER.map(read);
    const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
    assertAtMost(sum(files.map((file) => file.length)), MAX_LAYER_BYTES, 'bytes');
    assertAtMost(sum(files.map((file) => gzipSync(file).length)), MAX_LAYER_GZIP_BYTES, 'bytes gzipped');
  });
});

describe('a start loads few of Node’s modules', () => {
  it('for the layer', () => assertAtMost(addedBy([STUB]), MAX_MODULES_OF_LAYER, 'modules'));

  it('for submit with the layer', () =>
    assertAtMost(addedBy([STUB, 'functions/submit/handler.js']), MAX_MODULES_OF_SUBMIT, 'modules'));
});

describe('a warm submit', () => {
  let collector: Collector;
  let submit: BuiltFunction;

  beforeAll(async () => {
    collector = await startCollector();
    submit = startBuiltFunction('submit', {
      DATABASE_URL: (await freshDatabase()).url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      // So that every trace is there before its answer.
      OTEL_FLUSH_DEADLINE_MS: '10000',
      ANONYMOUS_CALLER: 'local',
      NPI_CHECK_DIGIT: 'warn',
    });
    await submit.invoke(submitEvent(SUBMISSION));
  });
  afterAll(async () => {
    await submit.stop();
    await collector.close();
  });

  it('writes few bytes of log and exports few of traces', async () => {
    const bodies = () => collector.bodies.reduce((total, body) => total + Buffer.byteLength(body), 0);
    const log = () => Buffer.byteLength(submit.output());
    const [logged, exported] = [log(), bodies()];
    for (let done = 0; done < SUBMITS; done++) {
      assert.equal((await submit.invoke(submitEvent(SUBMISSION))).statusCode, 201);
    }
    assertAtMost((bodies() - exported) / SUBMITS, MAX_TRACE_BYTES, 'bytes of a trace');
    assertAtMost((log() - logged) / SUBMITS, MAX_LOG_BYTES, 'bytes of log');
  });

  it('has an event id that begins with its time, so that the index of those counted grows at its end', async () => {
    for (let done = 0; done < SUBMITS; done++) await submit.invoke(submitEvent(SUBMISSION));
    const times = eventIds(submit.output());
    assert.ok(times.length > SUBMITS);
    assert.deepEqual(times, times.toSorted());
  });
});

/** Random ids cost the bridge three times as much once there are millions of them. */
function eventIds(output: string): string[] {
  return Array.from(output.matchAll(/"event_id":"([^"]+)"/g), ([, id = '']) => id.slice(0, TIME_OF_ID.length));
}

function read(file: string): Buffer {
  return readFileSync(join(DIST, file));
}

/** Names of Node's own modules that a process has after it required these files. */
function modulesOf(files: readonly string[]): string[] {
  const requires = files.map((file) => `require(${JSON.stringify(join(DIST, file))});`).join('');
  const script = `${requires}process.stdout.write(process.moduleLoadList.join('\\n'))`;
  const env = {
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
  };
  return execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }).split('\n');
}

function addedBy(files: readonly string[]): number {
  return new Set(modulesOf(files)).difference(new Set(modulesOf([]))).size;
}
