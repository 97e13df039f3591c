/** Starts every part in the order they need each other. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApi, type Backends } from '../embedded/api/api.ts';
import { consoleUrl } from '../client/addresses.ts';
import { createConsole, type Console } from '../console/console.ts';
import type { Folders } from '../machine/folders.ts';
import { applySchema } from '../machine/apply-schema.ts';
import { isFree } from '../machine/free-port.ts';
import { openFunctions, type Functions } from '../embedded/api/functions.ts';
import { startGateway } from '../gateway/gateway.ts';
import { writeToken } from '../machine/launcher-token.ts';
import { invoke } from '../embedded/api/invoke.ts';
import type { Options } from './options.ts';
import { checkPorts, choosePostgresPort } from '../machine/ports.ts';
import { startCluster } from '../embedded/postgres/cluster.ts';
import type { ProcessRecord } from '../machine/processes.ts';
import { findPrometheus, startPrometheus } from '../monitoring/prometheus/prometheus.ts';
import type { Parts } from './parts.ts';
import { printReady } from './ready.ts';
import { toRequestLine } from './request-line.ts';
import { runScript } from '../machine/run-script.ts';
import { ROOT, type Settings } from '../machine/settings.ts';
import { startShipper } from '../embedded/shipper/shipper.ts';
import type { Containers } from '../machine/containers.ts';
import { say, step, warn } from '../machine/terminal.ts';
import { startTraces, type Traces } from '../embedded/traces/start.ts';
import { startBuildWatch } from './watch.ts';

const DRAIN_TIMEOUT_MS = 5000;

/** What is to run. */
interface Plan {
  readonly settings: Settings;
  readonly options: Options;
  readonly containers: Containers | undefined;
  readonly folders: Folders;
}

/**
 * @param checkpoint called between the steps. @throws Interrupted after a signal
 * @throws Error when a part does not start; what did start is in `parts`
 */
export async function start(
  { settings, options, containers, folders }: Plan,
  parts: Parts,
  record: ProcessRecord,
  checkpoint: () => void,
): Promise<void> {
  const started = performance.now();
  say('Starting the prior authorization API …');
  await checkPorts(settings);
  const starts = [
    build(options, parts),
    startDatabase(settings, folders, parts),
    startTelemetry(settings, parts),
  ] as const;
  // When one fails, what the others still bring up must be known before it is stopped.
  await Promise.allSettled(starts);
  const [, databaseUrl, telemetry] = await Promise.all(starts);
  checkpoint();
  const backends: Backends = {
    databaseUrl,
    otlpEndpoint: settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? `http://${settings.HOST}:${settings.OTLP_PORT}`,
    withRoles: settings.DATABASE_URL === undefined || containers?.ownsDatabase === true,
    version: version(),
    evidenceLog: folders.evidence,
  };
  const functions = await startFunctions(settings, backends, { folders, reload: options.watch }, parts);
  checkpoint();
  const pages = containers === undefined ? consoleUrl(settings) : containers.jaeger;
  startLog(functions, folders, telemetry?.traces, printerOf(options, pages), parts);
  startReconcile(functions, settings.RECONCILE_INTERVAL_SECONDS, parts);
  await openGateway(settings, folders, functions, parts);
  startScrapes(telemetry, parts);
  const prometheus = containers?.prometheus ?? (await startScraper(settings, folders, record, parts));
  printReady(settings, { databaseUrl, prometheus, containers }, (performance.now() - started) / 1000);
}

async function build(options: Options, parts: Parts): Promise<void> {
  if (options.build) await step('built the functions and the layer', () => runScript('infra/build.ts'));
  if (!options.watch) return;
  await parts.keepUp('The build', (onSpawn) => Promise.resolve(startBuildWatch(say, onSpawn)));
}

async function startDatabase(settings: Settings, folders: Folders, parts: Parts): Promise<string> {
  const url = settings.DATABASE_URL ?? (await embedded());
  await step('applied the schema', () => applySchema(url));
  writeFileSync(folders.databaseUrl, url, { mode: 0o600 });
  parts.onStop(() => rmSync(folders.databaseUrl, { force: true }));
  return url;

  async function embedded(): Promise<string> {
    const port = await choosePostgresPort(settings);
    let embeddedUrl = '';
    const startPostgres = async (onSpawn: (pid: number) => void) => {
      const cluster = await startCluster({ home: folders.postgres, port, onSpawn });
      embeddedUrl = cluster.url;
      return cluster;
    };
    await step('started PostgreSQL', () => parts.keepUp('PostgreSQL', startPostgres));
    return embeddedUrl;
  }
}

interface Telemetry {
  readonly traces: Traces;
  readonly console: Console;
}

async function startTelemetry(settings: Settings, parts: Parts): Promise<Telemetry | undefined> {
  const { HOST, OTEL_EXPORTER_OTLP_ENDPOINT, OTLP_PORT, TRACES_PORT, API_PORT } = settings;
  if (OTEL_EXPORTER_OTLP_ENDPOINT !== undefined) return undefined;
  return step('started the OTLP receiver, the trace API and the console', async () => {
    const console = await createConsole(`http://${HOST}:${API_PORT}`);
    const traces = await startTraces({ host: HOST, otlpPort: OTLP_PORT, apiPort: TRACES_PORT, routes: console.routes });
    parts.onStop(() => traces.close());
    return { traces, console };
  });
}

/** An hour of `/metrics` for the console's charts. */
function startScrapes(telemetry: Telemetry | undefined, parts: Parts): void {
  const scraper = telemetry?.console.startScraper();
  if (scraper !== undefined) parts.onStop(() => scraper.stop());
}

async function startFunctions(
  settings: Settings,
  backends: Backends,
  { folders, reload }: { readonly folders: Folders; readonly reload: boolean },
  parts: Parts,
): Promise<Functions> {
  rmSync(folders.apiErrors, { force: true });
  const files = { stdout: folders.spool, stderr: folders.apiErrors };
  const socket = folders.lambdaSocket;
  const functions = openFunctions(socket, settings.API_CONCURRENCY);
  parts.onStop(async () => {
    await functions.close();
    rmSync(socket, { force: true });
  });
  const startOffline = (onSpawn: (pid: number) => void) =>
    startApi(settings, backends, { files, socket, functions, reload, onSpawn });
  await step('started the API', () => parts.keepUp('The API', startOffline));
  return functions;
}

/** After all that a request needs, and so stopped before it: what it has taken is answered, logged and counted. */
async function openGateway(settings: Settings, folders: Folders, functions: Functions, parts: Parts): Promise<void> {
  const gateway = await startGateway(settings, functions, writeToken(folders.launcherToken));
  parts.onStop(async () => {
    rmSync(folders.launcherToken, { force: true });
    await gateway.close();
  });
}

/** What the terminal shows of a line. @param pages base URL of a trace's page */
function printerOf({ json }: Options, pages: string | undefined): (line: string) => void {
  return (line) => {
    const shown = json ? jsonLine(line) : toRequestLine(line, pages);
    if (shown !== undefined) console.log(shown);
  };
}

function startLog(
  functions: Functions,
  folders: Folders,
  traces: Traces | undefined,
  print: (line: string) => void,
  parts: Parts,
): void {
  const shipper = startShipper({
    spool: folders.spool,
    bookmark: folders.bookmark,
    deliver: (event) => invoke(functions, 'bridge', event),
    onEarlierLine: traces && ((line) => traces.logs.add(line)),
    onLine: (line) => {
      traces?.logs.add(line);
      print(line);
    },
    onTrouble: warn,
  });
  parts.onStop(async () => {
    if (!(await shipper.drain(DRAIN_TIMEOUT_MS)))
      say('Events that the bridge has not accepted wait in the spool for the next start.');
    await shipper.stop();
  });
}

function startReconcile(functions: Functions, intervalSeconds: number, parts: Parts): void {
  // A failure is no news here: prior_auth_uncounted_requests says so, and the next turn tries again.
  const reconcile = () => void invoke(functions, 'reconcile', {}).catch(() => undefined);
  const timer = setInterval(reconcile, intervalSeconds * 1000);
  parts.onStop(() => clearInterval(timer));
}

/** @returns where Prometheus is, or why there is none. */
async function startScraper(
  settings: Settings,
  folders: Folders,
  record: ProcessRecord,
  parts: Parts,
): Promise<string> {
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
  parts.onStop(() => {
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
