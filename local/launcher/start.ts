/** Starts every part in the order they need each other. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApi, type Backends } from '../embedded/api/api.ts';
import { consoleUrl } from '../console/address.ts';
import { createConsole, type Console } from '../console/console.ts';
import type { Folders } from '../machine/folders.ts';
import { applySchema } from '../machine/apply-schema.ts';
import { isFree } from '../machine/free-port.ts';
import { invoke } from '../embedded/api/invoke.ts';
import type { Options } from './options.ts';
import { checkPorts, choosePostgresPort } from '../machine/ports.ts';
import { startCluster } from '../embedded/postgres/cluster.ts';
import type { ProcessRecord } from '../machine/processes.ts';
import { findPrometheus, startPrometheus } from '../monitoring/prometheus/prometheus.ts';
import { printReady } from './ready.ts';
import { toRequestLine } from './request-line.ts';
import { runScript } from '../machine/run-script.ts';
import { ROOT, type Settings } from '../machine/settings.ts';
import { startShipper } from '../embedded/shipper/shipper.ts';
import type { Containers } from '../stack/containers.ts';
import { supervise } from '../machine/supervise.ts';
import { say, step, warn } from '../machine/terminal.ts';
import { startTraces, type Traces } from '../embedded/traces/start.ts';
import { startBuildWatch } from './watch.ts';

const DRAIN_TIMEOUT_MS = 5000;

export interface Run {
  readonly settings: Settings;
  readonly options: Options;
  readonly containers: Containers | undefined;
  readonly folders: Folders;
  readonly record: ProcessRecord;
  /** How to stop what has been started, in the order of the starts. */
  readonly stops: (() => Promise<void>)[];
  readonly giveUp: (error: Error) => void;
  /** Called between the steps of a start. @throws Interrupted after a signal */
  readonly checkpoint: () => void;
}

/** @throws Error when a part does not start; what did start is in `stops`. */
export async function start(run: Run): Promise<void> {
  const { settings, containers, folders } = run;
  const started = performance.now();
  say('Starting the prior authorization API …');
  await checkPorts(settings);
  const starts = [build(run), startDatabase(run), startTelemetry(run)] as const;
  // When one fails, what the others still bring up must be known before it is stopped.
  await Promise.allSettled(starts);
  const [, databaseUrl, telemetry] = await Promise.all(starts);
  run.checkpoint();
  const backends: Backends = {
    databaseUrl,
    otlpEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? `http://${settings.HOST}:${settings.OTLP_PORT}`,
    withRoles: settings.DATABASE_URL === undefined || containers?.ownsDatabase === true,
    version: version(),
    evidenceLog: folders.evidence,
  };
  await startFunctions(run, backends);
  run.checkpoint();
  startScrapes(run, telemetry);
  startLog(run, telemetry?.traces);
  startReconcile(run);
  const prometheus = await startScraper(run);
  printReady(settings, { databaseUrl, prometheus, containers }, (performance.now() - started) / 1000);
}

async function build({ options, record, stops, giveUp }: Run): Promise<void> {
  if (options.build) await step('built the functions and the layer', () => runScript('infra/build.ts'));
  if (!options.watch) return;
  const watch = await supervise(
    'The build',
    (onSpawn) => Promise.resolve(startBuildWatch(say, onSpawn)),
    record,
    giveUp,
  );
  stops.push(() => watch.stop());
}

async function startDatabase({ settings, folders, record, stops, giveUp }: Run): Promise<string> {
  const url = settings.DATABASE_URL ?? (await embedded());
  await step('applied the schema', () => applySchema(url));
  writeFileSync(folders.databaseUrl, url, { mode: 0o600 });
  stops.push(() => {
    rmSync(folders.databaseUrl, { force: true });
    return Promise.resolve();
  });
  return url;

  async function embedded(): Promise<string> {
    const port = await choosePostgresPort(settings);
    let embeddedUrl = '';
    const startPostgres = async (onSpawn: (pid: number) => void) => {
      const cluster = await startCluster({ home: folders.postgres, port, onSpawn });
      embeddedUrl = cluster.url;
      return cluster;
    };
    const postgres = await step('started PostgreSQL', () => supervise('PostgreSQL', startPostgres, record, giveUp));
    stops.push(() => postgres.stop());
    return embeddedUrl;
  }
}

interface Telemetry {
  readonly traces: Traces;
  readonly console: Console;
}

async function startTelemetry({ settings, stops }: Run): Promise<Telemetry | undefined> {
  const { HOST, OTEL_EXPORTER_OTLP_ENDPOINT, OTLP_PORT, TRACES_PORT, API_PORT } = settings;
  if (OTEL_EXPORTER_OTLP_ENDPOINT !== undefined) return undefined;
  return step('started the OTLP receiver, the trace API and the console', async () => {
    const console = await createConsole(`http://${HOST}:${API_PORT}`);
    const traces = await startTraces({ host: HOST, otlpPort: OTLP_PORT, apiPort: TRACES_PORT, routes: console.routes });
    stops.push(() => traces.close());
    return { traces, console };
  });
}

/** An hour of `/metrics` for the console's charts. */
function startScrapes({ stops }: Run, telemetry: Telemetry | undefined): void {
  const scraper = telemetry?.console.startScraper();
  if (scraper !== undefined) stops.push(() => scraper.stop());
}

async function startFunctions(
  { settings, options, folders, record, stops, giveUp }: Run,
  backends: Backends,
): Promise<void> {
  rmSync(folders.apiErrors, { force: true });
  const files = { stdout: folders.spool, stderr: folders.apiErrors };
  const startOffline = (onSpawn: (pid: number) => void) =>
    startApi(settings, backends, { files, reload: options.watch, onSpawn });
  const api = await step('started the API', () => supervise('The API', startOffline, record, giveUp));
  stops.push(() => api.stop());
}

function startLog({ settings, options, containers, folders, stops }: Run, traces: Traces | undefined): void {
  const endpoint = `http://${settings.HOST}:${settings.LAMBDA_PORT}`;
  const pages = containers === undefined ? consoleUrl(settings) : containers.jaeger;
  const shipper = startShipper({
    spool: folders.spool,
    bookmark: folders.bookmark,
    deliver: async (event) => {
      await invoke(endpoint, 'bridge', event);
    },
    onEarlierLine: traces && ((line) => traces.logs.add(line)),
    onLine: (line) => {
      traces?.logs.add(line);
      const shown = options.json ? jsonLine(line) : toRequestLine(line, pages);
      if (shown !== undefined) console.log(shown);
    },
    onTrouble: warn,
  });
  stops.push(async () => {
    if (!(await shipper.drain(DRAIN_TIMEOUT_MS)))
      say('Events that the bridge has not accepted wait in the spool for the next start.');
    await shipper.stop();
  });
}

function startReconcile({ settings, stops }: Run): void {
  const endpoint = `http://${settings.HOST}:${settings.LAMBDA_PORT}`;
  // A failure is no news here: prior_auth_uncounted_requests says so, and the next turn tries again.
  const reconcile = () => void invoke(endpoint, 'reconcile', {}).catch(() => undefined);
  const timer = setInterval(reconcile, settings.RECONCILE_INTERVAL_SECONDS * 1000);
  stops.push(() => {
    clearInterval(timer);
    return Promise.resolve();
  });
}

/** @returns where Prometheus is, or why there is none. */
async function startScraper({ settings, containers, folders, record, stops }: Run): Promise<string> {
  if (containers !== undefined) return containers.prometheus;
  const program = findPrometheus();
  if (settings.PROMETHEUS_PORT === 0) return 'not started (PROMETHEUS_PORT=0)';
  if (program === undefined) return 'not started (no prometheus on PATH)';
  if (!(await isFree(settings.PROMETHEUS_PORT))) {
    return `not started (port ${settings.PROMETHEUS_PORT} is in use: set PROMETHEUS_PORT to another one)`;
  }
  const prometheus = startPrometheus(program, folders.prometheus, settings);
  record.add('Prometheus', prometheus.pid);
  let isStopping = false;
  void prometheus.ended.then(() => {
    if (!isStopping)
      warn(`Prometheus ended; ${folders.prometheus}/prometheus.log says why. The rest goes on without it.`);
    record.remove('Prometheus');
  });
  stops.push(() => {
    isStopping = true;
    return prometheus.stop();
  });
  return `http://localhost:${settings.PROMETHEUS_PORT}`;
}

/** serverless-offline's own banner goes to the same stream; every line of a function is JSON. */
function jsonLine(line: string): string | undefined {
  return line.startsWith('{') ? line : undefined;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
