/**
 * `npm run local` as a user runs it, on free ports and in a folder of its own. The bundles are those in dist/:
 * `tests/run.ts` builds them before any test; to run one file alone, run `npm run build` first.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { findInstallation } from '../../local/embedded/postgres/binaries.ts';
import { removeCluster } from '../../local/embedded/postgres/cluster.ts';
import { freePort } from '../../local/machine/free-port.ts';
import { SUBMISSION } from '../fixtures/http.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const READY_TIMEOUT_MS = 90_000;
/** For what comes at once on an idle machine; it is waited for no longer than it takes. */
export const WAIT_MS = 60_000;

export interface Stack {
  readonly api: string;
  readonly traces: string;
  readonly otlp: string;
  readonly lambda: string;
  readonly folder: string;
  readonly process: ChildProcess;
  /** postgresql://… of the superuser of the embedded PostgreSQL. */
  readonly databaseUrl: () => Promise<string>;
  /** What the launcher printed so far, both streams. */
  readonly output: () => string;
  /** SIGINT, then the exit code. */
  readonly stop: () => Promise<number | null>;
}

export interface StackOptions {
  readonly folder?: string;
  readonly args?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly ports?: Ports;
  /** Another checkout than this one; it builds its bundles itself. */
  readonly root?: string;
}

export interface Ports {
  readonly API_PORT: string;
  readonly LAMBDA_PORT: string;
  readonly POSTGRES_PORT: string;
  readonly OTLP_PORT: string;
  readonly TRACES_PORT: string;
  readonly PROMETHEUS_PORT: string;
}

/** Stops and removes what a test file started, also when one of its tests failed. */
const cleanups: (() => Promise<void>)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

export async function choosePorts(): Promise<Ports> {
  const port = async () => String(await freePort());
  return {
    API_PORT: await port(),
    LAMBDA_PORT: await port(),
    POSTGRES_PORT: await port(),
    OTLP_PORT: await port(),
    TRACES_PORT: await port(),
    PROMETHEUS_PORT: '0',
  };
}

/** A folder for one stack's data that is removed after the test file. */
export function stackFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-e2e-'));
  chmodSync(folder, 0o755);
  cleanups.push(async () => {
    await removeCluster(join(folder, 'postgres'));
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Starts the launcher and returns when it says that it is ready. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const folder = options.folder ?? stackFolder();
  const ports = options.ports ?? (await choosePorts());
  const root = options.root ?? ROOT;
  const args = [...(options.root === undefined ? ['--no-build'] : []), ...(options.args ?? [])];
  const child = spawn(process.execPath, ['-r', './local/machine/require-node.cjs', 'local/launcher/main.ts', ...args], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      LOCAL_DIR: folder,
      // As under npm: should this test be killed, the launcher stops by itself.
      npm_lifecycle_event: 'local',
      ...ports,
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const stop = async () => {
    child.kill('SIGINT');
    return exited;
  };
  cleanups.push(async () => {
    if (child.exitCode === null && child.signalCode === null) await stop();
  });
  await until(
    () => output.includes('Ready in'),
    READY_TIMEOUT_MS,
    () => `the launcher is not ready:\n${output}`,
    exited,
  );
  const at = (port: string) => `http://127.0.0.1:${port}`;
  return {
    api: at(ports.API_PORT),
    traces: at(ports.TRACES_PORT),
    otlp: at(ports.OTLP_PORT),
    lambda: at(ports.LAMBDA_PORT),
    folder,
    process: child,
    databaseUrl: () => databaseUrl(join(folder, 'postgres'), ports.POSTGRES_PORT),
    output: () => output,
    stop,
  };
}

async function databaseUrl(home: string, port: string): Promise<string> {
  const installation = await findInstallation(home);
  return `postgresql://postgres:${readFileSync(join(installation.home, 'password'), 'utf8')}@127.0.0.1:${port}/postgres`;
}

const Parts = z.array(z.object({ name: z.string(), pid: z.number() }));

/** A part that runs as a process of its own, from the launcher's record. */
export function partOf({ folder }: Pick<Stack, 'folder'>, name: string): { pid: number } {
  const parts = Parts.parse(JSON.parse(readFileSync(join(folder, 'processes.json'), 'utf8')));
  const part = parts.find((one) => one.name === name);
  if (part === undefined) throw new Error(`no part ${name} runs`);
  return part;
}

/**
 * Waits for a condition; the message says what did not come about. An exit of the launcher ends the wait, but for a
 * last look.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  message: () => string,
  exited?: Promise<unknown>,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const over = exited?.then(() => true) ?? new Promise<boolean>(() => undefined);
  let isLast = false;
  while (!(await condition())) {
    if (isLast) throw new Error(message());
    isLast = (await Promise.race([over, sleep(20, false)])) || Date.now() > deadline;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/**
 * On a connection of its own: one that was idle while this process was busy may be closed by now, and shows it only in
 * use.
 */
export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const headers = new Headers(init.headers);
  headers.set('connection', 'close');
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000), ...init, headers });
  const text = await response.text();
  const json = z.record(z.string(), z.unknown()).safeParse(parse(text));
  return { status: response.status, headers: response.headers, text, json: json.data ?? {} };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Submits the demonstration's positive case, or a variation of it. */
export function submit(
  stack: Pick<Stack, 'api'>,
  body: object | string = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return request(`${stack.api}/prior-auth/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify({ ...SUBMISSION, ...body }),
  });
}

/** The value of a series as `/metrics` renders it, 0 when it has none. */
export async function series(stack: Pick<Stack, 'api'>, name: string): Promise<number> {
  const { text } = await request(`${stack.api}/metrics`);
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.split(' ')[1]);
}
