import { writeSync } from 'node:fs';

const STDERR = 2;

/**
 * Says something about the layer itself. `details` are names, counts and codes: never a value of a request or a
 * setting.
 */
export type Warn = (message: string, details?: Readonly<Record<string, string | number>>) => void;

/**
 * One JSON line to stderr. Written synchronously, because a worker thread may end before its piped stderr is read, and
 * never to stdout, which carries the EMF lines.
 */
export function createWarn(service: string): Warn {
  return (message, details) => {
    try {
      writeSync(STDERR, `${JSON.stringify({ level: 'WARN', timestamp: new Date(), service, message, ...details })}\n`);
    } catch {
      // stderr is closed or full: telemetry never fails a request.
    }
  };
}
