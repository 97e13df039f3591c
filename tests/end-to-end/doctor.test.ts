/**
 * `npm run doctor` against running systems: a whole one, and ones that are broken for real at one hop after the other.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, test } from 'vitest';
import * as z from 'zod/mini';
import { freePort } from '../../local/machine/free-port.ts';
import { freshDatabase } from '../database.ts';
import { startCollector, type Collector } from '../fixtures/collector.ts';
import { startTcpProxy, type TcpProxy } from '../fixtures/tcp-proxy.ts';
import { findTool } from '../runner/tool-list.ts';
import { testWith } from '../tools.ts';
import { startCommand, type Run } from './command.ts';
import { dashboardIn, startGrafana, startIdlePrometheus, startOtherPrometheus } from './doctor-backends.ts';
import {
  choosePorts,
  request,
  stackFolder,
  startStack,
  submit,
  until,
  WAIT_MS,
  type Ports,
  type Stack,
} from './stack.ts';

const LAUNCHER_TROUBLE = 'The bridge accepts events again.';

/** `npm run doctor` as a user runs it, without a terminal. */
const startDoctor = (environment: Record<string, string>, args: readonly string[] = []) =>
  startCommand('local/doctor/main.ts', environment, args);

const Report = z.object({
  healthy: z.boolean(),
  first_broken: z.nullable(z.string()),
  mode: z.nullable(z.string()),
  trace_id: z.nullable(z.string()),
  request_id: z.nullable(z.string()),
  sent_at: z.nullable(z.iso.datetime()),
  hops: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['passed', 'broken', 'absent', 'not reached']),
      observed: z.string(),
      delay_ms: z.nullable(z.number()),
      delay_by: z.nullable(z.enum(['timestamp', 'poll'])),
      cause: z.nullable(z.string()),
      fix: z.nullable(z.string()),
    }),
  ),
});
type Report = z.infer<typeof Report>;

/** What the doctor says of a system, as CI reads it: its exit code must agree. */
async function diagnose(environment: Record<string, string>): Promise<Report> {
  const run = await startDoctor(environment, ['--json']).run;
  assert.equal(run.stderr, '');
  const report = Report.parse(JSON.parse(run.stdout));
  assert.equal(run.code, report.healthy ? 0 : 1, run.stdout);
  assertNoPatient(run.stdout);
  return report;
}

const hopOf = ({ hops }: Report, name: string) => hops.find((hop) => hop.name === name)!;
const statesOf = ({ hops }: Report) => Object.fromEntries(hops.map(({ name, state }) => [name, state]));

/** That one hop is the broken one, what it says, and that those before it passed. */
function assertBroken(report: Report, name: string, says: { observed: RegExp; cause: RegExp; fix: RegExp }): void {
  const hop = hopOf(report, name);
  const text = JSON.stringify(report.hops, null, 1);
  assert.deepEqual(
    report.hops.filter(({ state }) => state === 'broken').map((broken) => broken.name),
    [name],
    text,
  );
  assert.equal(report.first_broken, name);
  assert.match(hop.observed, says.observed);
  assert.match(hop.cause ?? '', says.cause);
  assert.match(hop.fix ?? '', says.fix);
}

function assertNoPatient(text: string): void {
  for (const value of ['M12345', '1234567893', 'Z00.00', 'ROUTINE_CHECKUP', 'doctor-'])
    assert.ok(!text.includes(value), value);
}

const folder = stackFolder();
const hasPrometheus = findTool('prometheus') !== undefined;
let ports: Ports;
let stack: Stack;
/**
 * The doctor's environment for the embedded system. Without Prometheus, for which it would wait some seconds each time.
 */
let settings: Record<string, string>;

beforeAll(async () => {
  ports = { ...(await choosePorts()), PROMETHEUS_PORT: hasPrometheus ? String(await freePort()) : '0' };
  stack = await startStack({ folder, ports });
  settings = { ...ports, LOCAL_DIR: folder, PROMETHEUS_PORT: '0', GRAFANA_PORT: String(await freePort()) };
});

/** Does something as the database's superuser. */
async function asSuperuser(work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(await stack.databaseUrl(), { max: 1 });
  await work(sql).finally(() => sql.end());
}

describe('npm run doctor, on a system that is whole', () => {
  const NAMES = [
    'API',
    'database row',
    'audit event',
    'EMF line',
    'bridge',
    '/metrics',
    'Prometheus',
    'OTLP receiver',
    'Jaeger API',
    'Grafana',
    'Grafana → Prometheus',
    'Grafana → Jaeger',
    'Grafana → PostgreSQL',
    'dashboards',
  ];

  testWith('prometheus')(
    'follows one request over every hop and tells by whose clock each had it, for people and for CI',
    async (t) => {
      const environment = { ...settings, PROMETHEUS_PORT: ports.PROMETHEUS_PORT, GRAFANA_PORT: await startGrafana(t) };
      await aScrapeIsOver();
      const [report, run] = await Promise.all([diagnose(environment), startDoctor(environment).run]);
      assert.deepEqual(statesOf(report), Object.fromEntries(NAMES.map((name) => [name, 'passed'])));
      assert.deepEqual(
        report.hops.map(({ name }) => name),
        NAMES,
      );
      assertDelays(report);
      assertPrinted(run);
      const trace = await fetch(`${stack.traces}/api/traces/${report.trace_id ?? ''}`);
      assert.equal(trace.status, 200);
      assert.match(hopOf(report, 'API').observed, new RegExp(`201 ${report.request_id ?? 'none'}$`));
    },
  );

  /**
   * The next scrape is fifteen seconds away, and finds what was sent until then whole. One that begins while the bridge
   * still counts may have the request all the same, and a time before the bridge's: scrapes are dated by their
   * beginning.
   */
  async function aScrapeIsOver(): Promise<void> {
    const from = Date.now();
    const lastScrape = async () => {
      const { text } = await request(`http://127.0.0.1:${ports.PROMETHEUS_PORT}/api/v1/targets`);
      return Date.parse(/"lastScrape":"([^"]+)"/.exec(text)?.[1] ?? '');
    };
    await until(
      async () => (await lastScrape().catch(() => NaN)) >= from,
      WAIT_MS,
      () => 'Prometheus does not scrape',
    );
  }

  /** Each hop has it after the one that it has it from, by the part's own clock where that says so. */
  function assertDelays(report: Report): void {
    const delays = Object.fromEntries(report.hops.map(({ name, delay_ms, delay_by }) => [name, [delay_ms, delay_by]]));
    const by = Object.fromEntries(Object.entries(delays).map(([name, [, source]]) => [name, source]));
    assert.deepEqual(by, {
      API: 'poll',
      'database row': 'timestamp',
      'audit event': 'timestamp',
      'EMF line': 'timestamp',
      bridge: 'timestamp',
      '/metrics': 'poll',
      Prometheus: 'timestamp',
      'OTLP receiver': 'poll',
      'Jaeger API': 'timestamp',
      Grafana: null,
      'Grafana → Prometheus': null,
      'Grafana → Jaeger': null,
      'Grafana → PostgreSQL': null,
      dashboards: null,
    });
    const ms = (name: string) => Number(delays[name]?.[0]);
    const way = ['database row', 'audit event', 'EMF line', 'bridge', 'Prometheus'].map(ms);
    assert.ok(way[0]! >= 0, JSON.stringify(delays));
    assert.deepEqual(
      way,
      way.toSorted((a, b) => a - b),
      JSON.stringify(delays),
    );
    assert.ok(ms('Jaeger API') < ms('API') + 1, 'the root span ends before the answer');
    for (const early of ['/metrics', 'OTLP receiver']) assert.ok(ms(early) < ms('Prometheus'), early);
  }

  function assertPrinted({ code, stdout, stderr }: Run): void {
    assert.equal(code, 0, stdout);
    assert.equal(stderr, '');
    const lines = stdout.trimEnd().split('\n');
    assert.match(lines[0]!, /^Following one marked request through npm run local \(API http:\/\/127\.0\.0\.1:\d+\)\.$/);
    assert.deepEqual(
      lines.slice(1, -1).map((line) => line.slice(0, 24).trimEnd()),
      NAMES.map((name) => `✓ ${name}`),
    );
    const line = (name: string) => lines.find((each) => each.startsWith(`✓ ${name} `))!;
    assert.match(line('database row'), /PA-\d{5} pending {2}\+[\d.]+m?s$/);
    assert.match(line('audit event'), /3 events of this trace, hash head [0-9a-f]{12}…/);
    assert.match(line('EMF line'), /in the spool, trace kept, audit_head as in the trail/);
    assert.match(
      line('/metrics'),
      /prior_auth_requests_total\{status="success"\} \d+ → \d+.* {2}seen after [\d.]+m?s$/,
    );
    assert.match(line('Prometheus'), new RegExp(`http://127.0.0.1:${ports.API_PORT}/metrics up, \\d+ reached`));
    assert.match(
      line('Jaeger API'),
      new RegExp(`5 spans, .*: http://127.0.0.1:${ports.TRACES_PORT}/trace/[0-9a-f]{32} `),
    );
    assert.match(line('Grafana → Jaeger'), /Data source is working$/);
    assert.match(line('dashboards'), /1 panels of 1 dashboards in units that fit \(Grafana\)$/);
    assert.equal(lines.at(-1), 'Every hop of this mode passed it on.');
    assertNoPatient(stdout);
    assert.ok(!stdout.includes('\u001b'), 'colour without a terminal');
  }

  test('says which hops this mode does not have, and passes without them', async () => {
    const report = await diagnose(settings);
    assert.equal(report.healthy, true);
    assert.equal(report.mode, 'local');
    assert.deepEqual(
      [hopOf(report, 'Prometheus').state, hopOf(report, 'Prometheus').observed],
      ['absent', 'PROMETHEUS_PORT=0'],
    );
    assert.deepEqual(
      [hopOf(report, 'Grafana').state, hopOf(report, 'Grafana').observed],
      ['absent', 'npm run local has no Grafana'],
    );
    assert.match(
      hopOf(report, 'dashboards').observed,
      /\d+ panels of 4 dashboards in units that fit \(local\/monitoring\/grafana\/dashboards\)/,
    );
    assert.deepEqual(
      report.hops.filter(({ name }) => name.startsWith('Grafana →')),
      [],
    );
  });

  test('takes somebody else’s Grafana on the port, or any program, for none', async (t) => {
    const foreign = await startGrafana(t, {
      '/api/datasources/uid/prior-auth-prometheus': { status: 404, body: { message: 'Data source not found' } },
    });
    const locked = { ...settings, GRAFANA_PORT: await startGrafana(t), GRAFANA_PASSWORD: 'another' };
    const reports = await Promise.all([
      diagnose({ ...settings, GRAFANA_PORT: foreign }),
      diagnose(locked),
      diagnose({ ...settings, GRAFANA_PORT: ports.API_PORT }),
    ]);
    const grafana = reports.map((report) => hopOf(report, 'Grafana'));
    assert.deepEqual(
      grafana.map(({ state }) => state),
      ['absent', 'absent', 'absent'],
    );
    assert.match(grafana[0]!.observed, /without the data sources of this project/);
    assert.match(grafana[1]!.observed, /does not let admin in/);
    assert.match(grafana[2]!.observed, /another program’s/);
  });
});

describe('npm run doctor, on a system with a broken hop', () => {
  test('names what nothing listens for, the setting, and what to do', async () => {
    const dead = String(await freePort());
    const [api, traces, otlp, lambda] = await Promise.all([
      diagnose({ ...settings, API_PORT: dead }),
      diagnose({ ...settings, TRACES_PORT: dead }),
      diagnose({ ...settings, TRACES_PORT: dead, OTLP_PORT: dead }),
      diagnose({ ...settings, LOCAL_DIR: join(folder, 'elsewhere') }),
    ]);
    const refused = new RegExp(`^connection refused at 127.0.0.1:${dead}$`);
    assertBroken(api, 'API', {
      observed: refused,
      cause: /another port than API_PORT=/,
      fix: /API_PORT that the launcher/,
    });
    assert.deepEqual(new Set(api.hops.slice(1, 9).map(({ state }) => state)), new Set(['not reached']));
    assert.equal(hopOf(api, 'dashboards').state, 'passed');
    assertBroken(traces, 'Jaeger API', {
      observed: refused,
      cause: /Nothing listens .*TRACES_PORT/,
      fix: /TRACES_PORT/,
    });
    assert.equal(hopOf(traces, '/metrics').state, 'passed');
    assertBroken(otlp, 'OTLP receiver', { observed: refused, cause: /Nothing listens .*OTLP_PORT/, fix: /OTLP_PORT/ });
    assert.equal(hopOf(otlp, 'Jaeger API').state, 'not reached');
    // The log is found all the same: the trace store has it.
    assert.equal(lambda.healthy, true);
    assert.match(hopOf(lambda, 'EMF line').observed, /^in the trace store’s log/);
  });

  test('names the bridge and why it fails, while the trace is followed to its end', async () => {
    await asSuperuser((sql) => sql`revoke insert, update on prior_auth_metric_series from prior_auth_bridge`);
    const dead = String(await freePort());
    const [report, unreachable] = await Promise.all([diagnose(settings), diagnose({ ...settings, LAMBDA_PORT: dead })]);
    const cause =
      /The bridge fails: The database failed: 42501, which is a missing right of the role prior_auth_bridge/;
    assertBroken(report, 'bridge', {
      observed: /the line is in the log, and counted stands at \d+$/,
      cause,
      fix: /0003_roles\.sql/,
    });
    assert.deepEqual([hopOf(report, '/metrics').state, hopOf(report, 'Jaeger API').state], ['not reached', 'passed']);
    assertBroken(unreachable, 'bridge', { observed: /connection refused/, cause: /LAMBDA_PORT/, fix: /LAMBDA_PORT/ });
    await asSuperuser((sql) => sql`grant insert, update on prior_auth_metric_series to prior_auth_bridge`);
    await until(
      () => stack.output().includes(LAUNCHER_TROUBLE),
      WAIT_MS,
      () => stack.output(),
    );
  });

  test('names the API when the launcher is suspended, in whose process its gateway listens', async () => {
    process.kill(stack.process.pid!, 'SIGSTOP');
    try {
      const report = await diagnose(settings);
      assert.equal(report.first_broken, 'API');
      assert.match(hopOf(report, 'API').cause ?? '', /hangs, or is suspended/);
    } finally {
      process.kill(stack.process.pid!, 'SIGCONT');
    }
  });

  test('names /metrics when that alone has no database, and when its function fails', async () => {
    await asSuperuser(async (sql) => {
      await sql.begin(async (transaction) => {
        await transaction`lock table prior_auth_reconcile_state`;
        const locked = await diagnose(settings);
        assertBroken(locked, '/metrics', { observed: /answers 503$/, cause: /no database \(55P03\)/, fix: /lock/ });
        assert.equal(hopOf(locked, 'bridge').observed, 'delivered');
      });
      await sql`revoke select on prior_auth_metric_series from prior_auth_metrics`;
      const failing = await diagnose(settings);
      await sql`grant select on prior_auth_metric_series to prior_auth_metrics`;
      assertBroken(failing, '/metrics', {
        observed: /answers 500$/,
        cause: /\(42501\).*lacks a right/,
        fix: /0003_roles\.sql/,
      });
    });
  });

  testWith('prometheus')(
    'names Prometheus: not there, down with its own words, pointed elsewhere, somebody else’s',
    async (t) => {
      const dead = await freePort();
      const refused = await startOtherPrometheus(t, folder, 'prior-auth-api', () => `127.0.0.1:${dead}`);
      const itself = await startOtherPrometheus(t, folder, 'prior-auth-api', (port) => `127.0.0.1:${port}`);
      const foreign = await startOtherPrometheus(t, folder, 'node', (port) => `127.0.0.1:${port}`);
      const [absent, down, elsewhere, other] = await Promise.all(
        [String(dead), refused, itself, foreign].map((port) => diagnose({ ...settings, PROMETHEUS_PORT: port })),
      );
      assertBroken(absent!, 'Prometheus', {
        observed: /^connection refused/,
        cause: /listens on another port/,
        fix: /PROMETHEUS_PORT/,
      });
      assertBroken(down!, 'Prometheus', {
        observed: new RegExp(`^http://127.0.0.1:${dead}/metrics is down: .*connection refused$`),
        cause: new RegExp(`Nothing listens at 127.0.0.1:${dead}; the API is at port ${ports.API_PORT}`),
        fix: /local\/monitoring\/prometheus\/prometheus\.yml/,
      });
      assertBroken(elsewhere!, 'Prometheus', {
        observed: /is up, and the counter is not there instead of \d+$/,
        cause: new RegExp(`scrapes http://127.0.0.1:${itself}/metrics, which is not the API`),
        fix: /local\/monitoring\/prometheus\/prometheus\.yml/,
      });
      assertBroken(other!, 'Prometheus', {
        observed: /^no target prior-auth-api; its jobs: node$/,
        cause: /another Prometheus/,
        fix: /PROMETHEUS_PORT/,
      });
      for (const report of [absent!, down!, elsewhere!, other!])
        assert.equal(hopOf(report, 'Jaeger API').state, 'passed');
    },
  );

  test('names Grafana’s data source by the host that it does not know, and a unit that makes billions', async (t) => {
    const lookup = 'Post "http://localhst:9090/api/v1/query": dial tcp: lookup localhst on 127.0.0.11:53: no such host';
    const unknown = await startGrafana(t, {
      '/api/datasources/uid/prior-auth-prometheus/health': { status: 400, body: { status: 'ERROR', message: lookup } },
    });
    const billions = await startGrafana(t, {
      '/api/dashboards/uid/prior-auth-service': { body: { dashboard: dashboardIn('ns') } },
    });
    const [host, unit] = await Promise.all(
      [unknown, billions].map((port) => diagnose({ ...settings, GRAFANA_PORT: port })),
    );
    const cause = /does not know the host localhst/;
    assertBroken(host!, 'Grafana → Prometheus', {
      observed: /no such host$/,
      cause,
      fix: /must be http:\/\/prometheus:9090/,
    });
    assert.equal(hopOf(host!, 'Grafana → Jaeger').state, 'passed');
    const observed = /Service: “Operations” shows plain numbers in "ns"/;
    assertBroken(unit!, 'dashboards', { observed, cause: /billions/, fix: /Unit: short/ });
  });
});

describe('npm run doctor', () => {
  test('refuses an OTLP endpoint with the path that the code adds, as the launcher does', async () => {
    const report = await diagnose({ ...settings, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318/v1/traces' });
    assert.equal(report.first_broken, 'settings');
    assert.match(report.hops[0]!.cause ?? '', /no traces would appear/);
    assert.match(report.hops[0]!.fix ?? '', /=http:\/\/localhost:4318,/);
  });

  test('explains itself with --help, and refuses what it does not know', async () => {
    const [help, unknown] = await Promise.all([startDoctor({}, ['--help']).run, startDoctor({}, ['--fast']).run]);
    assert.match(help.stdout, /^Usage: npm run doctor/);
    assert.equal(help.code, 0);
    assert.match(unknown.stderr, /^Unknown option '--fast'/);
    assert.equal(unknown.code, 2);
  });

  test('stops at Ctrl-C, and when nobody reads on, without a word', async (t) => {
    const waiting = { ...settings, PROMETHEUS_PORT: await startIdlePrometheus(t) };
    const [interrupted, unread] = [startDoctor(waiting), startDoctor(settings)];
    unread.hangUp();
    await until(
      () => interrupted.stdout().includes('✓ /metrics'),
      WAIT_MS,
      () => `nothing was followed:\n${interrupted.stdout()}`,
    );
    interrupted.interrupt();
    const run = await interrupted.run;
    assert.deepEqual([run.signal, run.stderr], ['SIGINT', '']);
    assert.equal((await unread.run).stderr, '');
  });
});

describe('npm run doctor, when the system was started otherwise or is gone', () => {
  test('names the API when it has stopped, and what starts it', async () => {
    await stack.stop();
    const report = await diagnose(settings);
    assertBroken(report, 'API', {
      observed: new RegExp(`^connection refused at 127.0.0.1:${ports.API_PORT}$`),
      cause: /Nothing listens at .*API_PORT/,
      fix: /^Start npm run local, or npm run stack\.$/,
    });
  });

  test('names the sampler when the trace was not to be kept', async () => {
    const OTEL_TRACES_SAMPLER_ARG = '0';
    stack = await startStack({ folder, ports, environment: { OTEL_TRACES_SAMPLER_ARG } });
    const report = await diagnose({ ...settings, OTEL_TRACES_SAMPLER_ARG });
    assertBroken(report, 'OTLP receiver', {
      observed: /trace_flags 00/,
      cause: /OTEL_TRACES_SAMPLER_ARG=0\.$/,
      fix: /^OTEL_TRACES_SAMPLER_ARG=1 npm run local/,
    });
    assert.equal(hopOf(report, '/metrics').state, 'passed');
    await stack.stop();
  });
});

describe('npm run doctor, with a database and a collector of one’s own', () => {
  let collector: Collector;
  let proxy: TcpProxy;
  let own: Record<string, string>;

  beforeAll(async () => {
    collector = await startCollector();
    const database = new URL((await freshDatabase()).url);
    proxy = await startTcpProxy({ host: database.hostname, port: Number(database.port) });
    database.port = String(proxy.port);
    const environment = { DATABASE_URL: database.href, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
    const stackPorts = await choosePorts();
    stack = await startStack({ ports: stackPorts, environment });
    own = { ...stackPorts, ...environment, LOCAL_DIR: stack.folder, GRAFANA_PORT: settings['GRAFANA_PORT']! };
  });
  afterAll(async () => {
    await stack.stop();
    await collector.close();
    await proxy.close();
  });

  test('passes, with the spans sent and no Jaeger to look at', async () => {
    const report = await diagnose(own);
    assert.equal(report.healthy, true, JSON.stringify(report.hops));
    assert.equal(hopOf(report, 'OTLP receiver').observed, `${collector.endpoint} accepts exports`);
    assert.equal(hopOf(report, 'Jaeger API').state, 'absent');
    const spans = () => collector.spansOf(report.trace_id ?? '').length;
    // The doctor waits for no collector of one's own.
    await until(
      () => spans() >= 5,
      WAIT_MS,
      () => `the collector has ${spans()} spans`,
    );
    assert.equal(spans(), 5);
  });

  test('names the endpoint where nothing listens, and then the exporter that rests after failures', async () => {
    await collector.become('dead');
    const dead = await diagnose(own);
    assertBroken(dead, 'OTLP receiver', {
      observed: /^connection refused/,
      cause: /Nothing listens at .*OTEL_EXPORTER_OTLP_ENDPOINT/,
      fix: /base URL such as http:\/\/localhost:4318, without \/v1\/traces/,
    });
    assert.equal(hopOf(dead, '/metrics').state, 'passed');
    for (let n = 0; n < 3; n++) await submit(stack);
    await collector.become('healthy');
    const resting = await diagnose(own);
    assertBroken(resting, 'OTLP receiver', {
      observed: /its spans have not arrived/,
      cause: /the exporter rests until .* \(ECONNREFUSED\)/,
      fix: /again when the rest is over/,
    });
  });

  test('names the database: not listening, and silent', async () => {
    const { port } = proxy;
    proxy.blackHole(true);
    const silent = await diagnose(own);
    assertBroken(silent, 'database row', {
      observed: /^GET \/health answers 503: database down \(ETIMEDOUT\)$/,
      cause: new RegExp(`127.0.0.1:${port} takes connections, and the API cannot use it`),
      fix: /PostgreSQL’s log/,
    });
    proxy.blackHole(false);
    await proxy.close();
    const down = await diagnose(own);
    assertBroken(down, 'database row', {
      observed: /database down \(ECONNREFUSED\)$/,
      cause: new RegExp(`^PostgreSQL at 127.0.0.1:${port} does not listen \\(ECONNREFUSED\\)\\.$`),
      fix: /DATABASE_URL/,
    });
    assert.deepEqual(new Set(down.hops.slice(2, 9).map(({ state }) => state)), new Set(['not reached']));
  });
});
