/** The processes of an execution environment, frozen and thawed together. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Exit } from './failure.ts';
import { spare, watchOver } from './reaper.ts';

export interface SandboxProcess {
  /** 0: it could not be started. */
  readonly pid: number;
  readonly hasExited: () => boolean;
  readonly exited: Promise<Exit>;
  /** Ends it by a word, and by force when that takes longer. */
  terminate(limitMs: number): Promise<void>;
  kill(): Promise<void>;
}

export interface Sandbox {
  /** @throws Error when a process cannot have such an environment */
  start(command: readonly [string, ...string[]], environment: Record<string, string>): SandboxProcess;
  /** Stops every process where it is. */
  freeze(): void;
  thaw(): void;
}

/** @param logFile all that the processes write is appended to it */
export function createSandbox({ cwd, logFile }: { cwd: string; logFile: string }): Sandbox {
  const running = new Set<number>();
  let isFrozen = false;
  const signalAll = (signal: NodeJS.Signals) => running.forEach((pid) => signalTo(pid, signal));

  function start([command, ...parameters]: readonly [string, ...string[]], env: Record<string, string>) {
    const log = openSync(logFile, 'a');
    try {
      const child = spawn(command, parameters, { cwd, env, stdio: ['ignore', log, log] });
      const { pid = 0 } = child;
      if (pid !== 0) {
        running.add(pid);
        watchOver(pid);
      }
      const exited = once(child, 'exit').then(
        ([code, signal]: (number | string | null)[]): Exit => code ?? signal ?? 'unknown',
        (error: unknown): Exit => String(error),
      );
      void exited.then(() => {
        running.delete(pid);
        spare(pid);
      });
      return toProcess(pid, exited, () => running.has(pid));
    } finally {
      closeSync(log);
    }
  }
  return {
    start,
    freeze() {
      isFrozen = true;
      signalAll('SIGSTOP');
    },
    thaw() {
      if (isFrozen) signalAll('SIGCONT');
      isFrozen = false;
    },
  };
}

function toProcess(pid: number, exited: Promise<Exit>, isRunning: () => boolean): SandboxProcess {
  const signal = (name: NodeJS.Signals) => {
    if (isRunning()) signalTo(pid, name);
  };
  const kill = async () => {
    signal('SIGKILL');
    await exited;
  };
  return {
    pid,
    hasExited: () => !isRunning(),
    exited,
    kill,
    async terminate(limitMs) {
      setTimeout(() => signal('SIGKILL'), limitMs).unref();
      signal('SIGTERM');
      await exited;
    },
  };
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended, and that has not been told yet.
  }
}
