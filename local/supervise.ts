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
 * Starts a part and starts it again when it dies. `giveUp` is called when that fails; the record names the process for the
 * launcher after this one.
 */
export async function supervise(
  name: string,
  start: () => Promise<Part>,
  record: ProcessRecord,
  giveUp: (error: Error) => void,
  pauseMs = PAUSE_MS,
): Promise<{ stop(): Promise<void> }> {
  let part = await start();
  let isStopped = false;
  const isStopping = () => isStopped;
  record.add(name, part.pid);

  const keepUp = async () => {
    for (;;) {
      await part.ended;
      if (isStopping()) return;
      warn(`${name} ended unexpectedly; starting it again.`);
      part = await startAgain(start, isStopping, pauseMs);
      record.add(name, part.pid);
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
