import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test, type TestContext } from 'node:test';
import { createServer } from 'node:http';
import * as z from 'zod/mini';
import { checkExposition } from '../exposition-checker.ts';
import { freePort } from '../../local/machine/free-port.ts';
import { requireTool } from '../tools.ts';
import { choosePorts, request, series, startStack, submit, until, type Stack } from './stack.ts';

/** Four scrapes. What comes at once on an idle machine is waited for no longer than it takes. */
const WAIT_MS = 60_000;

const SLOW = {
  member_id: 'M99999',
  provider_npi: '9999999999',
  diagnosis_code: 'I25.10',
  requested_service: 'VIP_CARDIAC_SURGERY',
};

const Vector = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

/** The values of an instant query, by one label's value ('' where the result has none). */
async function query(prometheus: string, expression: string, label = ''): Promise<Record<string, number>> {
  const { json } = await request(`${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`);
  return Object.fromEntries(
    Vector.parse(json).data.result.map(({ metric, value }) => [metric[label] ?? '', Number(value[1])]),
  );
}

/** Two good submits, one of them slow, and one with a fault in two fields: what the queries below must add up to. */
async function makeHistory(stack: Stack): Promise<void> {
  assert.equal((await submit(stack)).status, 201);
  assert.equal((await submit(stack, SLOW)).status, 201);
  assert.equal((await submit(stack, { provider_npi: '1', diagnosis_code: 'x' })).status, 422);
  await until(
    async () => (await series(stack, 'prior_auth_requests_total{status="validation_error"}')) === 1,
    WAIT_MS,
    () => 'not counted',
  );
}

/** Prometheus asks for OpenMetrics; behind this proxy, which drops that wish, it gets the plain text format. */
async function textOnly(api: string, test: TestContext): Promise<string> {
  const server = createServer((_, response) => {
    void request(`${api}/metrics`, { headers: { accept: 'text/plain' } }).then(({ status, headers, text }) => {
      response.writeHead(status, { 'content-type': headers.get('content-type') ?? '' }).end(text);
    });
  });
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return String(port);
}

describe('a real Prometheus', () => {
  test('started by the launcher scrapes OpenMetrics and answers every query of the demonstration', async (t) => {
    if (requireTool('prometheus', t) === undefined) return;
    const ports = { ...(await choosePorts()), PROMETHEUS_PORT: String(await freePort()) };
    const stack = await startStack({ ports });
    await makeHistory(stack);
    const prometheus = `http://127.0.0.1:${ports.PROMETHEUS_PORT}`;
    await assertSeedQueries(stack, prometheus);
    const { json } = await request(
      `${prometheus}/api/v1/query_exemplars?query=prior_auth_request_duration_seconds_bucket&start=0&end=${Date.now()}`,
    );
    const traceIds = JSON.stringify(json).match(/"trace_id":"[0-9a-f]{32}"/g) ?? [];
    assert.ok(traceIds.length >= 2, 'the histogram has no exemplars');
    const targets = await request(`${prometheus}/api/v1/targets`);
    assert.match(targets.text, /"health":"up"/);
  });

  test('scrapes the plain text format to the same numbers', async (t) => {
    const program = requireTool('prometheus', t);
    if (program === undefined) return;
    const stack = await startStack();
    await makeHistory(stack);
    // The launcher's own way of starting it, pointed at the proxy.
    const { startPrometheus } = await import('../../local/monitoring/prometheus/prometheus.ts');
    const { parseSettings } = await import('../../local/machine/settings.ts');
    const port = String(await freePort());
    const settings = parseSettings({ API_PORT: await textOnly(stack.api, t), PROMETHEUS_PORT: port });
    const prometheus = startPrometheus(program, `${stack.folder}/text-prometheus`, settings);
    t.after(() => prometheus.stop());
    await assertSeedQueries(stack, `http://127.0.0.1:${port}`);
  });

  test('and promtool find nothing to object to in /metrics, nor does the stricter checker', async (t) => {
    const promtool = requireTool('promtool', t);
    const stack = await startStack();
    await makeHistory(stack);
    const { text } = await request(`${stack.api}/metrics`, { headers: { accept: 'text/plain' } });
    assert.ok(checkExposition(text, 'text').length > 20);
    if (promtool !== undefined) execFileSync(promtool, ['check', 'metrics'], { input: text });
    const accept = 'application/openmetrics-text;version=1.0.0';
    const openMetrics = await request(`${stack.api}/metrics`, { headers: { accept } });
    assert.match(openMetrics.headers.get('content-type') ?? '', /^application\/openmetrics-text/);
    assert.ok(checkExposition(openMetrics.text, 'openmetrics').length > 20);
  });
});

/** The demonstration's example queries, with the numbers that the history makes. */
async function assertSeedQueries(stack: Stack, prometheus: string): Promise<void> {
  let requests: Record<string, number> = {};
  // Both at once: a scrape may fall between the second success and the refusal.
  await until(
    async () => {
      requests = await query(prometheus, 'prior_auth_requests_total', 'status').catch(() => ({}));
      return requests['success'] === 2 && requests['validation_error'] === 1;
    },
    WAIT_MS,
    () => `Prometheus has not scraped the counters: ${JSON.stringify(requests)}`,
  );
  assert.deepEqual(await query(prometheus, 'prior_auth_requests_total{status="success"}', 'status'), { success: 2 });
  assert.deepEqual(await query(prometheus, 'sum(prior_auth_database_operations_total)'), { '': 10 });
  const inserts = await query(
    prometheus,
    'prior_auth_database_operations_total{operation_type="insert_request"}',
    'operation_type',
  );
  assert.deepEqual(inserts, { insert_request: 2 });
  const failures = await query(prometheus, 'prior_auth_validation_failures_total > 0', 'field');
  assert.deepEqual(failures, { provider_npi: 1, diagnosis_code: 1 });
  assert.ok(
    Object.keys(await query(prometheus, 'count_over_time(prior_auth_requests_total[5m])', 'status')).length > 0,
  );
  const seconds = await query(prometheus, 'prior_auth_request_duration_seconds_sum{status="success"}');
  assert.ok((seconds['success'] ?? seconds[''] ?? 0) > 2);
  const under = await query(
    prometheus,
    'prior_auth_request_duration_seconds_bucket{status="success",le="2.0"} or prior_auth_request_duration_seconds_bucket{status="success",le="2"}',
  );
  const quick = await series(stack, 'prior_auth_request_duration_seconds_bucket{status="success",le="2.0"}');
  assert.deepEqual(Object.values(under), [quick]);
  // The slow one is above two seconds, on a busy machine the other perhaps too.
  assert.ok(quick < 2, `${quick} of 2 within two seconds`);
}
