import type { Log } from './log.ts';

/** Does work whose failure must not be anybody's: it starts at once, and undefined comes of it where it throws. */
export type Quietly = <T>(work: () => T | Promise<T>) => Promise<T | undefined>;

/**
 * Telemetry never fails a request.
 * @param message says once what does not work, with the type of the error
 */
export function createQuietly(log: Log, message: string): Quietly {
  let isSaid = false;
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      if (!isSaid) say(log, message, error);
      isSaid = true;
      return undefined;
    }
  };
}

function say(log: Log, message: string, error: unknown): void {
  try {
    log.warn(message, { error });
  } catch {
    // Then there is nowhere left to say it.
  }
}
