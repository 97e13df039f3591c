import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { writeConfigurationFolder } from '../../machine/configuration-folder.ts';
import { findProgram } from '../../machine/find-program.ts';
import { baseEnvironment, type Settings } from '../../machine/settings.ts';
import type { Part } from '../../machine/supervise.ts';
import { embeddedFiles } from './configuration.ts';

const STOP_TIMEOUT_MS = 5000;

/** The `prometheus` on PATH, or undefined: the console and /metrics do without it. */
export function findPrometheus(): string | undefined {
  return findProgram('prometheus', baseEnvironment().PATH);
}

/** Starts a real Prometheus that scrapes this run's API and evaluates the alerts, with its data in `folder`. */
export function startPrometheus(program: string, folder: string, settings: Settings): Part {
  const files = embeddedFiles(`${settings.HOST}:${settings.API_PORT}`);
  return runPrometheus(program, folder, {
    files,
    main: 'prometheus.yml',
    address: `${settings.HOST}:${settings.PROMETHEUS_PORT}`,
  });
}

interface Configuration {
  /** Path below the folder of the configuration to text, secrets among them. */
  readonly files: Readonly<Record<string, string>>;
  /** The one of them that names the others. */
  readonly main: string;
  /** host:port to listen on. */
  readonly address: string;
}

/** Starts a Prometheus that keeps its configuration, data and log in `folder`. */
export function runPrometheus(program: string, folder: string, { files, main, address }: Configuration): Part {
  const configuration = join(folder, 'configuration');
  writeConfigurationFolder(configuration, files);
  const log = openSync(join(folder, 'prometheus.log'), 'a');
  const child = spawn(
    program,
    [
      `--config.file=${join(configuration, main)}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--enable-feature=exemplar-storage',
      // By default any page that this machine's browser shows may read everything here.
      `--web.cors.origin=http://${address}`,
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
