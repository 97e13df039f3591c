import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** How a command ended, and all that it printed. */
export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  /** What it printed so far. */
  readonly stdout: () => string;
  readonly interrupt: () => void;
  /** Nobody reads on. */
  readonly hangUp: () => void;
  readonly run: Promise<Run>;
}

/**
 * Starts a script of package.json as a user does, without a terminal.
 * @param entry the file that the script runs: `local/demo/main.ts`
 */
export function startCommand(
  entry: string,
  environment: Record<string, string>,
  args: readonly string[] = [],
): Command {
  const child = spawn(process.execPath, ['-r', './local/machine/require-node.cjs', entry, ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const run = new Promise<Run>((done) => child.once('close', (code, signal) => done({ code, signal, stdout, stderr })));
  return { stdout: () => stdout, interrupt: () => child.kill('SIGINT'), hangUp: () => child.stdout.destroy(), run };
}
