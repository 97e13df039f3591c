import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../find-program.ts';
import { baseEnvironment, ROOT, type Settings } from '../settings.ts';
import type { Part } from '../supervise.ts';

const STOP_TIMEOUT_MS = 5000;

/** The `prometheus` on PATH, or undefined: the console and /metrics do without it. */
export function findPrometheus(): string | undefined {
  return findProgram('prometheus', baseEnvironment().PATH);
}

/** Starts a real Prometheus that scrapes this run's API, with its data in `folder`. */
export function startPrometheus(program: string, folder: string, settings: Settings): Part {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'prometheus.yml');
  const committed = readFileSync(join(ROOT, 'local', 'prometheus', 'prometheus.yml'), 'utf8');
  writeFileSync(config, committed.replace('127.0.0.1:8000', `${settings.HOST}:${settings.API_PORT}`));
  const log = openSync(join(folder, 'prometheus.log'), 'a');
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${settings.HOST}:${settings.PROMETHEUS_PORT}`,
      '--enable-feature=exemplar-storage',
    ],
    { cwd: folder, env: baseEnvironment(), detached: true, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(kill);
  };
  return { pid: child.pid ?? 0, ended, stop };
}
