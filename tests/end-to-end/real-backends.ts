/** A real collector and a real Jaeger with the configuration of the stack, on free ports of 127.0.0.1. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';
import { stringify } from 'yaml';
import { freePort } from '../../local/machine/free-port.ts';
import { until } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const READY_TIMEOUT_MS = 60_000;

/** Registered when the file is imported: inside a hook, `after` would run at the hook's own end. */
const cleanups: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

export interface Backend {
  readonly stop: () => Promise<void>;
}

export interface RealCollector extends Backend {
  /** Base URL for OTLP/HTTP. */
  readonly otlp: string;
  /** Where Prometheus finds the metrics of spans. */
  readonly metrics: string;
}

/**
 * @param destination where traces go: an OTLP/gRPC address, or an OTLP/HTTP base URL that takes JSON
 */
export async function startRealCollector(program: string, destination: string): Promise<RealCollector> {
  const [otlp, metrics, health] = [await freePort(), await freePort(), await freePort()];
  const isHttp = destination.startsWith('http');
  const changes = {
    extensions: { health_check: { endpoint: at(health) } },
    receivers: { otlp: { protocols: { http: { endpoint: at(otlp) } } } },
    connectors: { span_metrics: { metrics_flush_interval: '200ms' } },
    exporters: {
      prometheus: { endpoint: at(metrics) },
      ...(isHttp
        ? { 'otlp_http/sink': { endpoint: destination, encoding: 'json', compression: 'none' } }
        : { 'otlp_grpc/jaeger': { endpoint: destination } }),
    },
    service: {
      ...(isHttp && { pipelines: { traces: { exporters: ['otlp_http/sink', 'span_metrics'] } } }),
      telemetry: { metrics: { level: 'none', readers: [] } },
    },
  };
  const backend = await start(program, 'local/monitoring/collector/collector.yaml', changes, `http://${at(health)}/`);
  return { ...backend, otlp: `http://${at(otlp)}`, metrics: `http://${at(metrics)}/metrics` };
}

export interface RealJaeger extends Backend {
  /** OTLP/gRPC address. */
  readonly otlp: string;
  /** Of the query API and the pages. */
  readonly port: string;
}

/** @param folder of its data */
export async function startRealJaeger(program: string, folder: string): Promise<RealJaeger> {
  const [otlp, query, grpc, health] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const directories = { keys: join(folder, 'keys'), values: join(folder, 'values') };
  const changes = {
    extensions: {
      jaeger_storage: { backends: { badger: { badger: { directories } } } },
      jaeger_query: { http: { endpoint: at(query) }, grpc: { endpoint: at(grpc) } },
      healthcheckv2: { http: { endpoint: at(health) } },
    },
    receivers: { otlp: { protocols: { grpc: { endpoint: at(otlp) } } } },
  };
  const backend = await start(program, 'local/monitoring/jaeger/jaeger.yaml', changes, `http://${at(health)}/status`);
  return { ...backend, otlp: at(otlp), port: String(query) };
}

export interface Served extends Backend {
  readonly url: string;
}

/** Scrapes one target each 200 ms. */
export async function startRealPrometheus(program: string, target: string): Promise<Served> {
  const folder = backendFolder();
  const port = await freePort();
  const file = join(folder, 'prometheus.yml');
  const job = { job_name: 'collector', static_configs: [{ targets: [target] }] };
  writeFileSync(
    file,
    stringify({ global: { scrape_interval: '200ms', scrape_timeout: '200ms' }, scrape_configs: [job] }),
  );
  const args = [
    ...[`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=${at(port)}`],
    '--enable-feature=exemplar-storage',
  ];
  return { ...(await run(program, args, folder, `http://${at(port)}/-/ready`)), url: `http://${at(port)}` };
}

/**
 * Grafana with the provisioning and the dashboards of the stack, which it sees elsewhere than in its container.
 * @param home the folder with Grafana's `conf` and `public`
 */
export async function startRealGrafana(program: string, home: string): Promise<Served> {
  const folder = backendFolder();
  const port = await freePort();
  const provisioning = join(folder, 'provisioning');
  cpSync(join(ROOT, 'local', 'monitoring', 'grafana', 'provisioning'), provisioning, { recursive: true });
  const provider = join(provisioning, 'dashboards', 'dashboards.yaml');
  const dashboards = join(ROOT, 'local', 'monitoring', 'grafana', 'dashboards');
  writeFileSync(provider, readFileSync(provider, 'utf8').replace('/etc/grafana/dashboards', dashboards));
  const environment = {
    ...{ GF_SERVER_HTTP_ADDR: '127.0.0.1', GF_SERVER_HTTP_PORT: String(port), GF_LOG_MODE: 'console' },
    ...{ GF_PATHS_DATA: join(folder, 'data'), GF_PATHS_PLUGINS: join(folder, 'plugins') },
    ...{ GF_PATHS_PROVISIONING: provisioning, PRIOR_AUTH_GRAFANA_PASSWORD: 'prior_auth_grafana' },
    ...{ GF_SECURITY_ADMIN_PASSWORD: 'admin', GF_PLUGINS_PREINSTALL_DISABLED: 'true' },
    ...{ GF_ANALYTICS_REPORTING_ENABLED: 'false', GF_ANALYTICS_CHECK_FOR_UPDATES: 'false' },
  };
  const url = `http://${at(port)}`;
  return { ...(await run(program, ['server', `--homepath=${home}`], folder, `${url}/api/health`, environment)), url };
}

/** A folder that is removed after the test file. */
export function backendFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-backend-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function at(port: number): string {
  return `127.0.0.1:${port}`;
}

/** Runs a program with the stack's file and a second one that changes its addresses. */
async function start(program: string, configuration: string, changes: object, health: string): Promise<Backend> {
  const folder = backendFolder();
  const file = join(folder, 'changes.yaml');
  writeFileSync(file, stringify(changes));
  return run(program, [`--config=${join(ROOT, configuration)}`, `--config=${file}`], folder, health);
}

/** Returns when the program says that it is well. */
async function run(
  program: string,
  args: readonly string[],
  home: string,
  health: string,
  environment: Record<string, string> = {},
): Promise<Backend> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], HOME: home, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exited;
  };
  cleanups.push(stop);
  await until(
    async () => (await fetch(health).catch(() => undefined))?.ok === true,
    READY_TIMEOUT_MS,
    () => `${program} is not well:\n${output}`,
    exited,
  );
  return { stop };
}
