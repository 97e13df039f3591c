/** The docker command, on this project's Compose file. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { COMPOSE_FILE } from '../machine/containers.ts';
import { ROOT } from '../machine/settings.ts';

export const PROJECT = 'prior-auth';

export interface Reply {
  /** Undefined: there is no docker command. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Docker {
  /** Runs a command to its end and keeps what it printed. */
  ask(args: readonly string[], input?: string): Promise<Reply>;
  /** Runs a command whose progress a person sees, on the error stream: the other one may be a pipe. */
  show(args: readonly string[]): Promise<number>;
}

/** Arguments of `docker compose` on this project's file, wherever it is called from. */
export function compose(...args: string[]): string[] {
  return ['compose', '--project-name', PROJECT, '--file', join(ROOT, COMPOSE_FILE), ...args];
}

export function createDocker(environment: NodeJS.ProcessEnv): Docker {
  return {
    ask(args, input = '') {
      const child = spawn('docker', args, { env: environment, cwd: ROOT, stdio: 'pipe' });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      // A command that ends without reading its input is no failure of ours; its exit code counts.
      child.stdin.on('error', () => undefined).end(input);
      return new Promise((resolve) => {
        child.once('error', () => resolve({ code: undefined, stdout, stderr }));
        child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
      });
    },
    show(args) {
      const child = spawn('docker', args, { env: environment, cwd: ROOT, stdio: ['ignore', 2, 2] });
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code) => resolve(code ?? 1));
      });
    },
  };
}
