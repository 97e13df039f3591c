import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Bench } from './benchmark.ts';

const PEERS = resolve(import.meta.dirname, '../peers');
/** The lock that node_modules was installed from. */
const INSTALLED = 'node_modules/.installed-lock.json';

/**
 * Installs `bench/peers/<name>` from its own lock, never into the project's dependencies. Once: a later run takes what
 * is there.
 * @returns its folder
 */
export async function installPeer(bench: Pick<Bench, 'progress' | 'cleanup'>, name: string): Promise<string> {
  const folder = join(PEERS, name);
  const lock = read(join(folder, 'package-lock.json'));
  if (lock !== undefined && lock === read(join(folder, INSTALLED))) return folder;
  bench.progress(`installing the peer ${name}`);
  const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  bench.cleanup(() => child.kill());
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`npm ci in ${folder} ended with ${code}`);
  copyFileSync(join(folder, 'package-lock.json'), join(folder, INSTALLED));
  return folder;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
