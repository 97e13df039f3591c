import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Functions } from './functions.ts';
import { baseEnvironment, ROOT, type Settings } from '../../machine/settings.ts';
import { isHealthy, warm, WARM_MARK } from './warm.ts';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 100;
/**
 * Every request has a worker of its own, and a connection to the database with it: they end a second after their
 * answer.
 */
const RELOAD = ['--reloadHandler', '--terminateIdleLambdaTime', '1'];

export interface Api {
  readonly pid: number;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Where the API's lines go. The files outlive the launcher: what a function has written is not lost with it. */
export interface ApiFiles {
  readonly stdout: string;
  readonly stderr: string;
}

/** Database, collector and roles of this run, resolved from the settings and the embedded parts. */
export interface Backends {
  readonly databaseUrl: string;
  readonly otlpEndpoint: string;
  /** Whether each function acts in the database role it has in the cloud. */
  readonly withRoles: boolean;
  readonly version: string;
  /** The file of reconcile's checkpoints and witnesses. */
  readonly evidenceLog: string;
}

export interface ApiOptions {
  readonly files: ApiFiles;
  /** Where the emulator listens. */
  readonly socket: string;
  /** The way there. */
  readonly functions: Functions;
  readonly reload: boolean;
  readonly onSpawn: (pid: number) => void;
}

/** Starts serverless-offline with every function, and returns when `health` answers and the environments are warm. */
export async function startApi(settings: Settings, backends: Backends, options: ApiOptions): Promise<Api> {
  const { files, socket, functions, reload, onSpawn } = options;
  // One that was killed leaves its socket behind.
  rmSync(socket, { force: true });
  const [stdout, stderr] = [openSync(files.stdout, 'a', 0o600), openSync(files.stderr, 'a', 0o600)];
  const child = spawn(process.execPath, [serverlessCommand(), 'offline', 'start', ...(reload ? RELOAD : [])], {
    cwd: join(ROOT, 'local', 'embedded', 'api'),
    env: { ...baseEnvironment(), ...environment(settings, backends, socket) },
    // Its own process group: Ctrl-C reaches the launcher alone, which stops the parts in the right order.
    detached: true,
    stdio: ['ignore', stdout, stderr],
  });
  onSpawn(child.pid ?? 0);
  closeSync(stdout);
  closeSync(stderr);
  let isUp = true;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      isUp = false;
      resolve();
    });
  });
  const stop = async () => {
    if (!isUp) return;
    child.kill('SIGINT');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(kill);
  };
  try {
    await ready(functions, () => isUp, files.stderr);
    // With --watch each request has an environment of its own.
    if (!reload) await warm(functions);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, ended, stop };
}

function serverlessCommand(): string {
  const manifest = createRequire(import.meta.url).resolve('serverless/package.json');
  return join(dirname(manifest), 'bin', 'serverless.js');
}

function environment(settings: Settings, backends: Backends, socket: string): Record<string, string> {
  const role = (name: string) => (backends.withRoles ? `prior_auth_${name}` : '');
  return {
    // serverless-offline's notices print the raw path of each request, which can carry PHI.
    SLS_LOG_LEVEL: 'error',
    LAYER_OPTIONS: `--require ${JSON.stringify(join(ROOT, 'dist', 'layers', 'otel', 'otel.js'))}`,
    DATABASE_URL: backends.databaseUrl,
    OTEL_SERVICE_NAME: settings.OTEL_SERVICE_NAME,
    OTEL_RESOURCE_ATTRIBUTES: `service.version=${backends.version},deployment.environment.name=local`,
    OTEL_EXPORTER_OTLP_ENDPOINT: backends.otlpEndpoint,
    OTEL_EXPORTER_OTLP_HEADERS: settings.OTEL_EXPORTER_OTLP_HEADERS,
    OTEL_TRACES_SAMPLER_ARG: String(settings.OTEL_TRACES_SAMPLER_ARG),
    OTEL_SLOW_REQUEST_MS: String(settings.OTEL_SLOW_REQUEST_MS),
    OTEL_FLUSH_DEADLINE_MS: String(settings.OTEL_FLUSH_DEADLINE_MS),
    SERVICE_VERSION: backends.version,
    EVIDENCE_LOG: backends.evidenceLog,
    NPI_CHECK_DIGIT: settings.NPI_CHECK_DIGIT,
    SIMULATE_SLOW_MEMBER: settings.SIMULATE_SLOW_MEMBER,
    LAMBDA_SOCKET: socket,
    BUNDLES: join(ROOT, 'dist', 'functions'),
    WARM_MARK,
    SUBMIT_ROLE: role('submit'),
    STATUS_ROLE: role('status'),
    METRICS_ROLE: role('metrics'),
    BRIDGE_ROLE: role('bridge'),
    RECONCILE_ROLE: role('reconcile'),
  };
}

async function ready(functions: Functions, isUp: () => boolean, stderr: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (await isHealthy(functions)) return;
    if (!isUp()) throw new Error(`The API ended at start; ${stderr} says why`);
    await sleep(POLL_MS);
  }
  throw new Error(`The API is not healthy after ${READY_TIMEOUT_MS / 1000} s; see ${stderr}`);
}
