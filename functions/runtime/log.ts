/**
 * Diagnostics outside the wide event: Powertools Logger behind a list of what may be logged. Messages are constants of this
 * repository and errors are reduced to their type, so no value of a request can get in.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { SERVICE } from '../series/catalogue.ts';
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

export function createLog(logger: Pick<Logger, 'warn' | 'error'> = new Logger({ serviceName: SERVICE })): Log {
  return {
    warn: (message, fields) => logger.warn(message, allowed(fields)),
    error: (message, fields) => logger.error(message, allowed(fields)),
  };
}

function allowed(fields: LogFields = {}): Record<string, string | number> {
  const kept = ALLOWED.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]] as const]));
  const error = fields.error === undefined ? [] : [['error_type', typeOf(fields.error)] as const];
  return Object.fromEntries([...kept, ...error]);
}
