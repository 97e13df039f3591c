import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe } from 'vitest';
import * as z from 'zod/mini';
import { decode } from '../../../../functions/series/emf.ts';
import { CONTENT_TYPES, render } from '../../../../functions/series/exposition.ts';
import { aggregate, type Sample } from '../../../../functions/series/samples.ts';
import { expressions, interpolate, type Expression } from '../../../../local/monitoring/grafana/expressions.ts';
import { embeddedFiles } from '../../../../local/monitoring/prometheus/configuration.ts';
import { freePort } from '../../../../local/machine/free-port.ts';
import { submitLine, type WideLine } from '../../../fixtures/wide-line.ts';
import { findTool } from '../../../runner/tool-list.ts';
import { testWith } from '../../../tools.ts';

const PATIENCE_MS = 60_000;
/** A scrape each second instead of each fifteen. */
const SHOWN = { job: 'prior-auth-api', rateInterval: '4s', range: '1h' };

/** Four submits between two scrapes: a quick one, a slow one from a cold start, a refused one, a failed one. */
const SUBMITS: readonly WideLine[] = [
  submitLine({ npi_check_failed: true }),
  submitLine({ prior_auth_request_duration_seconds: 2.01, cold_start: true, trace_id: 'a'.repeat(32) }),
  submitLine({ status: 'validation_error', failed_fields: ['provider_npi'], database_operations: {} }),
  submitLine({ status: 'error', database_operations: {}, prior_auth_request_duration_seconds: 0.3 }),
];

function samplesOf(line: WideLine, id: string): readonly Sample[] {
  const source = { owner: '', logGroup: '', logStream: '', id, message: JSON.stringify(line) };
  return decode(source, Date.now())?.samples ?? assert.fail('not an EMF line');
}

/** `/metrics` after so many scrapes, as the functions would have it. */
function exposition(scrapes: number): string {
  const requests = SUBMITS.flatMap((line, index) => samplesOf(line, String(index)));
  const counted: Sample = { metric: 'prior_auth_bridge_events_total', labels: { outcome: 'counted' }, value: 4 };
  const all = Array.from({ length: scrapes }, () => [...requests, counted]).flat();
  const now = BigInt(Date.now()) * 1000n;
  return render(
    [
      ...aggregate(all),
      { metric: 'prior_auth_bridge_last_success_timestamp_seconds', labels: {}, value: now },
      { metric: 'prior_auth_uncounted_requests', labels: {}, value: 0n },
      { metric: 'prior_auth_build_info', labels: { version: '0.1.0', node: '24.21.0' }, value: 1n },
    ],
    'openmetrics',
  );
}

/** Stops what the file started. */
const stops: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** @returns host:port */
async function serveMetrics(): Promise<string> {
  let scrapes = 0;
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': CONTENT_TYPES.openmetrics }).end(exposition(scrapes));
    scrapes += 1;
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** With the committed configuration and rules, at the pace of a test. */
async function startPrometheus(program: string, target: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-prometheus-'));
  for (const [path, text] of Object.entries(embeddedFiles(target))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text.replaceAll('interval: 15s', 'interval: 1s'));
  }
  const address = `127.0.0.1:${await freePort()}`;
  const settings = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=${address}`];
  const child = spawn(program, [...settings, '--enable-feature=exemplar-storage'], { cwd: folder, stdio: 'ignore' });
  const ended = new Promise((done) => child.once('exit', done));
  stops.push(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  });
  return `http://${address}`;
}

const Answer = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

/** The values of an instant query; none while Prometheus does not answer yet. */
async function query(prometheus: string, expr: string): Promise<number[]> {
  const body = new URLSearchParams({ query: interpolate(expr, SHOWN) });
  const response = await fetch(`${prometheus}/api/v1/query`, { method: 'POST', body }).catch(() => undefined);
  if (response === undefined || response.status === 503) return [];
  const json: unknown = await response.json();
  assert.equal(response.status, 200, `${expr}: ${JSON.stringify(json)}`);
  return Answer.parse(json).data.result.map(({ value }) => Number(value[1]));
}

/** Asks until every expression has numbers. */
async function askAll(prometheus: string, all: readonly Expression[]): Promise<Map<string, number[]>> {
  const values = new Map<string, number[]>();
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const missing = all.filter(({ expr }) => !values.has(expr));
    if (missing.length === 0) return values;
    assert.ok(Date.now() < deadline, `no data: ${missing.map(({ panel, expr }) => `${panel}: ${expr}`).join('\n')}`);
    for (const { expr } of missing) {
      const found = await query(prometheus, expr);
      if (found.length > 0 && found.every(Number.isFinite)) values.set(expr, found);
    }
    await sleep(200);
  }
}

describe('every expression of the dashboards, in a real Prometheus', () => {
  const all = expressions().filter(({ needsCollector }) => !needsCollector);
  let prometheus: string;
  let values: Map<string, number[]>;
  beforeAll(async () => {
    const program = findTool('prometheus');
    if (program === undefined) return;
    prometheus = await startPrometheus(program, await serveMetrics());
    values = await askAll(prometheus, all);
  });

  testWith('prometheus')('gives numbers', () => assert.equal(values.size, new Set(all.map(({ expr }) => expr)).size));

  const numbers = (panel: string, index = 0) => {
    const expression = all.filter((each) => each.panel === panel)[index] ?? assert.fail(panel);
    return values.get(expression.expr) ?? assert.fail(panel);
  };
  const near = (found: number[], wanted: number) => {
    assert.equal(found.length, 1);
    assert.ok(Math.abs((found[0] ?? NaN) - wanted) < 1e-6, `${found.join()} is not ${wanted}`);
  };

  testWith('prometheus')('a quarter of the submits failed and a quarter was slow', () => {
    near(numbers('Share of submits refused or failed'), 0.25);
    for (const panel of ['Good over 30d', 'Good over the time shown']) {
      near(numbers(panel), 0.75);
      near(numbers(panel, 1), 0.75);
    }
    near(numbers('Error budget left over 30d'), 1 - 0.25 / 0.001);
    near(numbers('Error budget left over 30d', 1), 1 - 0.25 / 0.01);
    near(numbers('availability: page above 14.4'), 250);
    near(numbers('latency: page above 14.4'), 25);
    near(numbers('Share of submits that start cold'), 0.25);
  });

  testWith('prometheus')('times are seconds: the slowest quarter took two, the bridge was heard of just now', () => {
    const [p99 = NaN] = numbers('Duration of a submit', 2);
    assert.ok(p99 > 2 && p99 <= 2.5, String(p99));
    for (const index of [0, 1]) {
      const [age = NaN] = numbers('Since the bridge’s last success', index);
      assert.ok(age > -5 && age < 60, String(age));
    }
  });

  testWith('prometheus')('the dots on the graph of durations name their traces', async () => {
    const Exemplars = z.object({
      data: z.array(z.object({ exemplars: z.array(z.object({ labels: z.object({ trace_id: z.string() }) })) })),
    });
    const asked = all.filter(({ exemplars }) => exemplars);
    assert.equal(asked.length, 1);
    for (const { expr } of asked) {
      const range = { start: String(Date.now() / 1000 - 3600), end: String(Date.now() / 1000 + 60) };
      const parameters = new URLSearchParams({ query: interpolate(expr, SHOWN), ...range });
      const response = await fetch(`${prometheus}/api/v1/query_exemplars?${parameters.toString()}`);
      const { data } = Exemplars.parse(await response.json());
      const ids = new Set(data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id)));
      assert.deepEqual([...ids].sort(), ['4bf92f3577b34da6a3ce929d0e0e4736', 'a'.repeat(32)]);
    }
  });
});
