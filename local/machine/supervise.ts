import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessRecord } from './processes.ts';
import { say, warn } from './terminal.ts';

/** A child process that is up. */
export interface Part {
  readonly pid: number;
  /** Settles when the process has ended, wanted or not. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const ATTEMPTS = 6;
const PAUSE_MS = 500;

/**
 * Starts a part and starts it again when it dies. `giveUp` is called when that fails. `start` tells the id of its
 * process as soon as there is one: the record names it for the launcher after this one, which may be needed before the
 * part is up.
 */
export async function supervise(
  name: string,
  start: (onSpawn: (pid: number) => void) => Promise<Part>,
  record: ProcessRecord,
  giveUp: (error: Error) => void,
  pauseMs = PAUSE_MS,
): Promise<{ stop(): Promise<void> }> {
  const spawned = (pid: number) => record.add(name, pid);
  let part = await start(spawned);
  let isStopped = false;
  const isStopping = () => isStopped;

  const keepUp = async () => {
    for (;;) {
      await part.ended;
      if (isStopping()) return;
      warn(`${name} ended unexpectedly; starting it again.`);
      part = await startAgain(() => start(spawned), isStopping, pauseMs);
      if (isStopping()) return;
      say(`${name} is up again.`);
    }
  };
  const keepingUp = keepUp().catch((error: unknown) => {
    if (!isStopped) giveUp(new Error(`${name} cannot be started again`, { cause: error }));
  });
  return {
    async stop() {
      isStopped = true;
      await part.stop();
      // A restart under way brings up one more.
      await keepingUp;
      await part.stop();
      record.remove(name);
    },
  };
}

/** A process that was killed may leave its port or memory taken for a moment. */
async function startAgain(start: () => Promise<Part>, isStopping: () => boolean, pauseMs: number): Promise<Part> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === ATTEMPTS || isStopping()) throw error;
      await sleep(pauseMs);
    }
  }
}
