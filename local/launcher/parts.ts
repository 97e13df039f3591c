import type { ProcessRecord } from '../machine/processes.ts';
import { supervise, type Part } from '../machine/supervise.ts';
import { say, warn } from '../machine/terminal.ts';

/** What a launcher has started, and stops in the reverse order. */
export interface Parts {
  /** Starts a process, starts it again when it dies, and stops it at the end. `start` tells the id of its process. */
  keepUp(name: string, start: (onSpawn: (pid: number) => void) => Promise<Part>): Promise<void>;
  onStop(stop: () => void | Promise<void>): void;
  stop(): Promise<void>;
}

/** @param giveUp called when a part cannot be kept up */
export function createParts(record: ProcessRecord, giveUp: (error: Error) => void): Parts {
  const stops: (() => void | Promise<void>)[] = [];
  return {
    async keepUp(name, start) {
      const part = await supervise(name, start, record, giveUp);
      stops.push(() => part.stop());
    },
    onStop: (stop) => void stops.push(stop),
    async stop() {
      if (stops.length > 0) say('Stopping …');
      for (const stopPart of stops.reverse()) {
        try {
          await stopPart();
        } catch (error) {
          warn(`A part did not stop cleanly: ${String(error)}`);
        }
      }
    },
  };
}
