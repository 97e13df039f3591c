import postgres from 'postgres';
import { Problem } from './problem.ts';
import type { DatabaseSettings } from './settings.ts';

/** PostgreSQL as one execution environment sees it: one connection, because Lambda gives it one request at a time. */
export interface Database {
  readonly sql: postgres.Sql;
  /** Leaves a connection that no longer answers to its fate; the next query opens another. */
  abandon(): void;
}

const RETRY_AFTER_SECONDS = '1';

/** What the driver says when no connection can be had or the one in use broke, beside SQLSTATE classes 08 and 57P. */
const AWAY_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  '53300', // too_many_connections
  '55P03', // lock_not_available
]);
const QUERY_CANCELED = '57014';

/** Connects lazily: nothing is sent before the first query. */
export function connect(settings: DatabaseSettings): Database {
  let sql = open(settings);
  return {
    get sql() {
      return sql;
    },
    abandon() {
      void sql.end({ timeout: 0 }).catch(() => undefined);
      sql = open(settings);
    },
  };
}

function open(settings: DatabaseSettings): postgres.Sql {
  return postgres(settings.DATABASE_URL, {
    max: 1,
    connect_timeout: settings.DATABASE_CONNECT_TIMEOUT_MS / 1000,
    // A lost connection is sought again at the next request, not after a pause that the caller would wait for.
    backoff: () => 0,
    // Saves a query per connection; no custom types are in use.
    fetch_types: false,
    max_lifetime: null,
    onnotice: () => undefined,
    connection: {
      application_name: 'prior-auth',
      lock_timeout: settings.DATABASE_LOCK_TIMEOUT_MS,
      statement_timeout: settings.DATABASE_STATEMENT_TIMEOUT_MS,
      ...(settings.DATABASE_ROLE === undefined ? {} : { role: settings.DATABASE_ROLE }),
    },
  });
}

/** Asks for a sign of life. @throws what the driver throws when there is none. */
export async function ping(database: Database): Promise<void> {
  await retryOnce(() => database.sql`select 1`);
}

/**
 * A connection that was closed while the environment was frozen shows only when it is used. What has written nothing is
 * therefore tried once more; an insert never is.
 */
export async function retryOnce<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDatabaseAway(error)) return await work();
    throw error;
  }
}

/** The SQLSTATE or driver code of an error, '' without one. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether PostgreSQL could not be reached or went away: a fault that passes, so the caller may try again. */
export function isDatabaseAway(error: unknown): boolean {
  const code = codeOf(error);
  return AWAY_CODES.has(code) || /^(08|57P)/.test(code);
}

/** The problem that a database error is to a caller: away 503, too slow 504; anything else is a defect and passes through. */
export function toProblem(error: unknown): unknown {
  if (isDatabaseAway(error)) {
    return new Problem(503, {
      detail: 'The database is away. Nothing is lost: send the request again.',
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
      cause: error,
    });
  }
  return codeOf(error) === QUERY_CANCELED
    ? new Problem(504, { detail: 'The database took too long.', cause: error })
    : error;
}
