import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, realpathSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { describe, type TestContext } from 'vitest';
import * as z from 'zod/mini';
import { ALLOWED_ATTRIBUTES } from '../fixtures/allowed-attributes.ts';
import { DASHBOARDS } from '../../local/monitoring/grafana/all-dashboards.ts';
import { expressions, interpolate } from '../../local/monitoring/grafana/expressions.ts';
import { JAEGER, POSTGRES, PROMETHEUS } from '../../local/monitoring/grafana/uids.ts';
import { requireTool, testWith } from '../tools.ts';
import {
  backendFolder,
  startRealCollector,
  startRealGrafana,
  startRealJaeger,
  startRealPrometheus,
} from './real-backends.ts';
import { choosePorts, request, startStack, submit, until, WAIT_MS, type Answer } from './stack.ts';
import { findTraces, readTrace, spanNamed, tagsOf, treeOf } from './trace.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

const ALLOWED = Object.entries(ALLOWED_ATTRIBUTES).map(([key, value]) => attribute(key, value));

type Plain = (typeof ALLOWED_ATTRIBUTES)[string];

/** In OTLP's own JSON. */
function attribute(key: string, value: Plain): { key: string; value: object } {
  return { key, value: toOtlp(value) };
}

function toOtlp(value: Plain): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { intValue: String(value) };
  if (typeof value === 'boolean') return { boolValue: value };
  return { arrayValue: { values: value.map(toOtlp) } };
}

const times = { startTimeUnixNano: '1700000000000000000', endTimeUnixNano: '1700000000250000000' };
const span = (n: number, name: string, rest: object = {}) => ({
  ...{ traceId: TRACE_ID, spanId: `000000000000000${n}`, kind: 2, name, ...times },
  ...rest,
});

/** What a mistake in the layer, or another program on this machine, could send. */
const EXPORT = {
  resourceSpans: [
    {
      schemaUrl: 'https://CANARY.example/schema',
      resource: {
        attributes: [attribute('service.name', 'prior-auth-api'), attribute('host.name', 'CANARY-host')],
      },
      scopeSpans: [
        {
          scope: { name: 'prior-auth', version: 'CANARY', attributes: [attribute('CANARY', 'CANARY')] },
          schemaUrl: 'https://CANARY.example/scope',
          spans: [
            span(1, 'submit_prior_auth', { attributes: ALLOWED }),
            span(2, 'CANARY-member M12345', {
              traceState: 'vendor=CANARY',
              status: { code: 2, message: 'CANARY is not a diagnosis' },
              attributes: [
                attribute('member_id', 'CANARY'),
                attribute('service.name', 'CANARY'),
                ...ALLOWED.map(({ key }) => attribute(key, 'CANARY of the patient')),
              ],
              events: [
                { timeUnixNano: times.startTimeUnixNano, name: 'CANARY-event', attributes: [attribute('a', 'CANARY')] },
                {
                  timeUnixNano: times.startTimeUnixNano,
                  name: 'exception',
                  attributes: [
                    attribute('exception.type', 'TypeError'),
                    attribute('exception.message', 'CANARY'),
                    attribute('exception.stacktrace', 'CANARY'),
                    attribute('reason', 'CANARY'),
                  ],
                },
                {
                  timeUnixNano: times.startTimeUnixNano,
                  name: 'exception',
                  attributes: [attribute('exception.type', 'CANARY is no type')],
                },
              ],
            }),
            span(3, 'validate_npi', {
              attributes: [
                attribute('prior_auth.failed_fields', ['member_id', 'CANARY']),
                attribute('error.type', ['TypeError', 'CANARY']),
              ],
            }),
            span(4, 'database_insert', {
              links: [{ traceId: TRACE_ID, spanId: '00000000000000ff', attributes: [attribute('CANARY', 'CANARY')] }],
            }),
          ],
        },
        { scope: { name: 'CANARY-scope' }, spans: [span(5, 'generate_request_id')] },
      ],
    },
  ],
};

const Attribute = z.object({ key: z.string(), value: z.unknown() });
const Received = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(Attribute) }),
      scopeSpans: z.array(
        z.object({
          scope: z.object({ name: z.string() }),
          spans: z.array(
            z.object({
              name: z.string(),
              attributes: z._default(z.array(Attribute), []),
              events: z._default(
                z.array(z.object({ name: z.string(), attributes: z._default(z.array(Attribute), []) })),
                [],
              ),
              status: z.object({ code: z.optional(z.number()), message: z.optional(z.string()) }),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** An OTLP/HTTP backend that keeps what it is sent. */
async function startSink(test: TestContext): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, bodies };
}

async function send(otlp: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return request(`${otlp}/v1/traces`, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('a real OpenTelemetry Collector with the configuration of the stack', () => {
  testWith('otelcol-contrib')('lets out what is allowed, whole, and nothing else', async (t) => {
    const program = requireTool('otelcol-contrib');
    const sink = await startSink(t);
    const collector = await startRealCollector(program, sink.url);
    assert.equal((await send(collector.otlp, EXPORT)).status, 200);
    await until(
      () => sink.bodies.length > 0,
      WAIT_MS,
      () => 'nothing left the collector',
    );
    assert.doesNotMatch(sink.bodies.join('\n'), /CANARY|M12345|host\.name|"key":"member_id"/);
    const [resourceSpans] = Received.parse(JSON.parse(sink.bodies.join(''))).resourceSpans;
    assert.deepEqual(resourceSpans!.resource.attributes, [attribute('service.name', 'prior-auth-api')]);
    assert.deepEqual(
      resourceSpans!.scopeSpans.map(({ scope, spans }) => [scope.name, spans.map(({ name }) => name)]),
      [
        ['prior-auth', ['submit_prior_auth', 'redacted', 'validate_npi']],
        ['redacted', ['generate_request_id']],
      ],
    );
    const [good, bad] = resourceSpans!.scopeSpans[0]!.spans;
    assert.deepEqual(good!.attributes, ALLOWED);
    assert.deepEqual(bad!.attributes, []);
    assert.deepEqual(bad!.status, { code: 2 });
    assert.deepEqual(bad!.events, [
      { name: 'exception', attributes: [attribute('exception.type', 'TypeError')] },
      { name: 'exception', attributes: [] },
    ]);
  });

  testWith('otelcol-contrib')(
    'makes metrics of spans with exemplars of their traces, of the allowed names only',
    async (t) => {
      const program = requireTool('otelcol-contrib');
      const sink = await startSink(t);
      const collector = await startRealCollector(program, sink.url);
      await send(collector.otlp, EXPORT);
      const headers = { accept: 'application/openmetrics-text;version=1.0.0' };
      const seen = new Set<string>();
      const counted =
        /^traces_span_metrics_calls_total{.*http_response_status_code="201".*service_name="prior-auth-api",span_kind="SPAN_KIND_SERVER",span_name="submit_prior_auth".*} 1\.0/m;
      const timed = /^traces_span_metrics_duration_seconds_bucket{.*span_name="submit_prior_auth".*le="0\.25"} 1/m;
      // It begins at 0, so that a rate sees the first one, and the exemplar with it.
      const explained = new RegExp(`le="0\\.25"} [01] # {trace_id="${TRACE_ID}",span_id="0000000000000001"} 0\\.25`);
      await until(
        async () => {
          const { text } = await request(collector.metrics, { headers });
          for (const line of text.split('\n')) seen.add(line);
          const all = [...seen].join('\n');
          return [counted, timed, explained].every((pattern) => pattern.test(all));
        },
        WAIT_MS,
        () => `metrics of spans:\n${[...seen].join('\n')}`,
      );
      assert.doesNotMatch([...seen].join('\n'), /CANARY|le="0\.1"} 1|collector_instance_id/);
    },
  );
});

describe('the expressions of the dashboards that need the collector', () => {
  testWith('otelcol-contrib', 'prometheus')(
    'have data in a real Prometheus that scrapes a real collector, and exemplars',
    async (t) => {
      const [program, prometheusProgram] = [requireTool('otelcol-contrib'), requireTool('prometheus')];
      const collector = await startRealCollector(program, (await startSink(t)).url);
      const prometheus = await startRealPrometheus(prometheusProgram, new URL(collector.metrics).host);
      const needing = expressions().filter(({ needsCollector }) => needsCollector);
      assert.ok(needing.length >= 2);
      const Vector = z.object({
        data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) }),
      });
      const names = async (expr: string) => {
        const { json } = await request(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(interpolate(expr))}`);
        return Vector.parse(json).data.result.map(({ metric }) => metric['span_name']);
      };
      for (const { expr, panel } of needing) {
        let found: unknown[] = [];
        await until(
          async () => {
            await send(collector.otlp, EXPORT);
            found = (await names(expr)).sort();
            return found.length === 4;
          },
          WAIT_MS,
          () => `${panel}: ${JSON.stringify(found)}`,
        );
        assert.deepEqual(found, ['generate_request_id', 'redacted', 'submit_prior_auth', 'validate_npi']);
      }
      const exemplars = await request(
        `${prometheus.url}/api/v1/query_exemplars?query=traces_span_metrics_duration_seconds_bucket&start=0&end=${Date.now()}`,
      );
      assert.ok(exemplars.text.includes(`"trace_id":"${TRACE_ID}"`), exemplars.text);
    },
  );
});

describe('a real Jaeger with the configuration of the stack', () => {
  testWith('jaeger', 'otelcol-contrib')(
    'shows the traces of npm run local, sent through a real collector, and keeps them over a restart',
    async () => {
      const [jaegerProgram, collectorProgram] = [requireTool('jaeger'), requireTool('otelcol-contrib')];
      const data = backendFolder();
      const jaeger = await startRealJaeger(jaegerProgram, data);
      const collector = await startRealCollector(collectorProgram, jaeger.otlp);
      const ports = { ...(await choosePorts()), TRACES_PORT: jaeger.port };
      const stack = await startStack({ ports, environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.otlp } });
      const answer = await submit(stack, { member_id: 'M99999' });
      const traceId = answer.headers.get('x-trace-id') ?? '';
      const trace = await readTrace(stack, traceId, 6);
      assert.deepEqual(treeOf(trace), [
        'POST /prior-auth/submit',
        '  submit_prior_auth',
        '    generate_request_id',
        '    vip_member_slow_query',
        '    validate_npi',
        '    database_insert',
      ]);
      assert.deepEqual(
        new Set(Object.values(trace.processes).map(({ serviceName }) => serviceName)),
        new Set(['prior-auth-api']),
      );
      const slow = tagsOf(spanNamed(trace, 'vip_member_slow_query'));
      assert.deepEqual([slow['delay_ms'], slow['reason']], [2000, 'Simulating database contention']);
      const root = tagsOf(spanNamed(trace, 'POST /prior-auth/submit'));
      assert.deepEqual([root['http.route'], root['http.response.status_code']], ['/prior-auth/submit', 201]);
      const found = await findTraces(stack, 'service=prior-auth-api&operation=submit_prior_auth&minDuration=1500ms');
      assert.deepEqual(
        found.map(({ traceID }) => traceID),
        [traceId],
      );
      assert.match((await request(`${stack.traces}/api/services`)).text, /"prior-auth-api"/);

      const demo = spawnSync(process.execPath, ['local/demo/main.ts'], {
        cwd: ROOT,
        env: { PATH: process.env['PATH'], API_PORT: ports.API_PORT, TRACES_PORT: jaeger.port },
        encoding: 'utf8',
      });
      assert.equal(demo.status, 0, demo.stdout + demo.stderr);

      await jaeger.stop();
      const again = await startRealJaeger(jaegerProgram, data);
      const kept = await readTrace({ traces: `http://127.0.0.1:${again.port}` }, traceId, 6);
      assert.equal(kept.spans.length, 6);
    },
  );
});

describe('a real Grafana', () => {
  testWith('grafana')('takes the provisioned data sources and every dashboard', async () => {
    const program = requireTool('grafana');
    const grafana = await startRealGrafana(program, homeOf(program));
    const headers = { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` };
    for (const { uid, type } of [PROMETHEUS, JAEGER, POSTGRES]) {
      const { json } = await request(`${grafana.url}/api/datasources/uid/${uid}`, { headers });
      assert.equal(json['type'], type);
    }
    for (const [file, { uid, title }] of Object.entries(DASHBOARDS)) {
      const answer = await request(`${grafana.url}/api/dashboards/uid/${uid}`, { headers });
      assert.equal(answer.status, 200, `${file}: ${answer.text}`);
      assert.ok(answer.text.includes(JSON.stringify(title)), file);
    }
  });
});

/** Packages keep what Grafana serves in a folder of their own; in the archive it is around `bin`. */
function homeOf(program: string): string {
  const around = resolve(realpathSync(program), '..', '..');
  return existsSync(join(around, 'conf', 'defaults.ini')) ? around : '/usr/share/grafana';
}
