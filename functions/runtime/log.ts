/**
 * Diagnostics outside the wide event: JSON lines behind a list of what may be logged. Messages are constants of this
 * repository and errors are reduced to their type, so no value of a request can get in.
 */
import { SERVICE } from '../contract/catalogue.ts';
import { typeOf } from './span.ts';

/** Default deny: a key that is not here is not logged. */
export interface LogFields {
  readonly trace_id?: string;
  readonly function_name?: string;
  readonly route?: string;
  readonly http_status?: number;
  readonly settings?: string;
  readonly events?: number;
  readonly error?: unknown;
}
const ALLOWED = ['trace_id', 'function_name', 'route', 'http_status', 'settings', 'events'] as const;

export interface Log {
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/**
 * To standard error itself: Lambda's console would put a time and an id before each line, and what reads JSON would not
 * know it.
 * @param write takes a line with its end
 */
export function createLog(write: (line: string) => unknown = (line) => process.stderr.write(line)): Log {
  const log = (level: string, message: string, fields?: LogFields) => {
    const line = { level, message, timestamp: new Date(), service: SERVICE, ...allowed(fields) };
    write(`${JSON.stringify(line)}\n`);
  };
  return {
    warn: (message, fields) => log('WARN', message, fields),
    error: (message, fields) => log('ERROR', message, fields),
  };
}

function allowed(fields: LogFields = {}): Record<string, string | number> {
  const kept = ALLOWED.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]] as const]));
  const error = fields.error === undefined ? [] : [['error_type', typeOf(fields.error)] as const];
  return Object.fromEntries([...kept, ...error]);
}
