/**
 * What the doctor is shown in place of the containers: a Grafana of a few answers, and Prometheuses of somebody else.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePort } from '../../local/machine/free-port.ts';
import { requireTool } from '../tools.ts';
import { until } from './stack.ts';

const READY_TIMEOUT_MS = 60_000;

interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

/**
 * Answers as Grafana does, whose admin has the password `admin`; `changes` replace answers by path.
 * @returns its port
 */
export async function startGrafana(t: TestContext, changes: Record<string, Answer> = {}): Promise<string> {
  const healthy = { status: 200, body: { status: 'OK', message: 'Data source is working' } };
  const answers: Record<string, Answer> = {
    '/api/health': { body: { database: 'ok', version: '12.4.5', commit: 'abc' } },
    '/api/datasources/uid/prior-auth-prometheus': { body: { uid: 'prior-auth-prometheus' } },
    '/api/datasources/uid/prior-auth-prometheus/health': healthy,
    '/api/datasources/uid/prior-auth-jaeger/health': healthy,
    '/api/datasources/uid/prior-auth-postgres/health': healthy,
    '/api/search?type=dash-db&tag=prior-auth': { body: [{ uid: 'prior-auth-service' }] },
    '/api/dashboards/uid/prior-auth-service': { body: { dashboard: dashboardIn('short') } },
    ...changes,
  };
  return serve(t, (request, response) => {
    const isAdmin = request.headers.authorization === `Basic ${Buffer.from('admin:admin').toString('base64')}`;
    const isOpen = request.url === '/api/health';
    const { status = 200, body } = answers[request.url ?? ''] ?? { status: 404, body: { message: 'Not found' } };
    response
      .writeHead(isAdmin || isOpen ? status : 401, { 'content-type': 'application/json' })
      .end(JSON.stringify(body));
  });
}

/** A dashboard whose one panel counts operations in this unit. */
export function dashboardIn(unit: string): object {
  const target = { expr: 'sum(prior_auth_database_operations_total)' };
  return {
    title: 'Service',
    panels: [{ title: 'Operations', fieldConfig: { defaults: { unit } }, targets: [target] }],
  };
}

/**
 * Has the job of this project and never a target: the doctor waits for it as long as it does for any.
 * @returns its port
 */
export async function startIdlePrometheus(t: TestContext): Promise<string> {
  const data = { activeTargets: [], result: [], yaml: 'scrape_configs:\n- job_name: prior-auth-api\n' };
  return serve(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'success', data }));
  });
}

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return String(port);
}

/**
 * A real Prometheus that somebody else has started, with one job; it scrapes each two seconds. Ends with the test.
 * @param target host:port, given its own port
 * @returns its port, or undefined where there is no Prometheus
 */
export async function startOtherPrometheus(
  t: TestContext,
  folder: string,
  job: string,
  target: (port: string) => string,
): Promise<string | undefined> {
  const program = requireTool('prometheus', t);
  if (program === undefined) return undefined;
  const port = String(await freePort());
  const home = join(folder, `prometheus-${port}`);
  mkdirSync(home);
  writeFileSync(
    join(home, 'prometheus.yml'),
    `scrape_configs: [{ job_name: ${job}, scrape_interval: 2s, scrape_timeout: 2s, static_configs: [{ targets: ['${target(port)}'] }] }]`,
  );
  const address = `127.0.0.1:${port}`;
  const args = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=${address}`];
  const child = spawn(program, args, { cwd: home, stdio: 'ignore' });
  const ended = new Promise((done) => child.once('exit', done));
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const isReady = () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isReady, READY_TIMEOUT_MS, () => 'Prometheus is not ready', ended);
  return port;
}
