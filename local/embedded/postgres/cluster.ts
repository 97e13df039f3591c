import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findInstallation, type Installation } from './binaries.ts';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/** No row data in PostgreSQL's own log: neither values, nor statements, nor "Failing row contains". */
const LOG_WITHOUT_DATA = {
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_min_error_statement: 'panic',
};

export interface Cluster {
  /** postgresql://… of the superuser. */
  readonly url: string;
  readonly pid: number;
  readonly logFile: string;
  /** Settles when PostgreSQL has ended, wanted or not. */
  readonly ended: Promise<void>;
  /** Fast shutdown: clients are cut off, data is safe. Immediate after `timeoutMs`, 10 s by default. */
  stop(timeoutMs?: number): Promise<void>;
}

/** Starts PostgreSQL on 127.0.0.1 with its data in `home`, which is created on first use. */
export async function startCluster(options: {
  home: string;
  port: number;
  settings?: Record<string, string>;
  onSpawn?: (pid: number) => void;
}): Promise<Cluster> {
  const installation = await findInstallation(options.home);
  const data = join(installation.home, 'data');
  const password = prepare(installation, data);
  const logFile = join(installation.home, 'postgres.log');
  const child = run(installation, data, logFile, options);
  options.onSpawn?.(child.pid ?? 0);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await ready(child, data, logFile);
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${options.port}/postgres`,
    pid: child.pid ?? 0,
    logFile,
    ended,
    stop: (timeoutMs = STOP_TIMEOUT_MS) => stop(child, ended, timeoutMs),
  };
}

/** Removes the data of a stopped cluster. */
export async function removeCluster(home: string): Promise<void> {
  const { root } = await findInstallation(home);
  rmSync(root, { recursive: true, force: true });
}

function prepare(installation: Installation, data: string): string {
  const { home, account } = installation;
  const passwordFile = join(home, 'password');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (account) chownSync(home, account.uid, account.gid);
  if (existsSync(join(data, 'PG_VERSION'))) return readFileSync(passwordFile, 'utf8');
  const password = randomBytes(16).toString('hex');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account) chownSync(passwordFile, account.uid, account.gid);
  initialise(installation, data, passwordFile);
  return password;
}

/** Under another name until it is whole: an initdb that was killed leaves what looks like a database and is none. */
function initialise({ initdb, account, home }: Installation, data: string, passwordFile: string): void {
  const unfinished = `${data}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const options = [
    '-U',
    'postgres',
    '-E',
    'UTF8',
    '--locale=C',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--no-sync',
  ];
  const result = spawnSync(initdb, ['-D', unfinished, ...options], { ...account, cwd: home, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`initdb failed: ${result.stderr || String(result.error)}`);
  renameSync(unfinished, data);
}

function run(
  installation: Installation,
  data: string,
  logFile: string,
  options: { port: number; settings?: Record<string, string> },
) {
  const settings = {
    port: String(options.port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '32MB',
    // Each connection is a process of its own: keep what each may take small.
    jit: 'off',
    ...LOG_WITHOUT_DATA,
    ...options.settings,
  };
  const log = openSync(logFile, 'a', 0o600);
  chmodSync(logFile, 0o600);
  try {
    return spawn(
      installation.postgres,
      ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      // Its own process group: Ctrl-C reaches the launcher alone, which stops the parts in the right order.
      { ...installation.account, cwd: installation.home, detached: true, stdio: ['ignore', log, log] },
    );
  } finally {
    closeSync(log);
  }
}

async function ready(child: ChildProcess, data: string, logFile: string): Promise<void> {
  const failure = new Promise<Error>((resolve) => {
    child.once('error', resolve);
    child.once('exit', () => resolve(new Error(`PostgreSQL ended at start; ${logFile} says why:\n${tail(logFile)}`)));
  });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!isReady(child, data)) {
    const error = await Promise.race([failure, sleep(25)]);
    if (error) throw error;
    if (Date.now() > deadline) {
      child.kill('SIGQUIT');
      throw new Error(`PostgreSQL is not ready after ${READY_TIMEOUT_MS / 1000} s; see ${logFile}`);
    }
  }
}

/** postmaster.pid names the process in its first line and its state in the eighth (what `pg_ctl -w` reads too). */
function isReady(child: ChildProcess, data: string): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(child.pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess, ended: Promise<void>, timeoutMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGINT');
  const immediate = setTimeout(() => child.kill('SIGQUIT'), timeoutMs);
  await ended;
  clearTimeout(immediate);
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
}
