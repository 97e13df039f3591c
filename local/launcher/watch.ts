import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { baseEnvironment, ROOT } from '../machine/settings.ts';
import type { Part } from '../machine/supervise.ts';

/**
 * Rebuilds at every change of the sources; the next request then runs the new code. A line per build goes to `onLine`.
 */
export function startBuildWatch(onLine: (line: string) => void, onSpawn: (pid: number) => void): Part {
  const child = spawn(process.execPath, ['infra/build.ts', '--watch'], {
    cwd: ROOT,
    env: baseEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onSpawn(child.pid ?? 0);
  createInterface({ input: child.stdout }).on('line', onLine);
  createInterface({ input: child.stderr }).on('line', onLine);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { pid: child.pid ?? 0, ended, stop };
}
