import postgres from 'postgres';
import { createLogin, type DatabaseLogin, type Target } from './database-login.ts';
import { beforeDeadline } from './deadline.ts';
import { Problem } from './problem.ts';
import type { DatabaseSettings } from './settings.ts';
import { typeOf } from './span.ts';

/** PostgreSQL as one execution environment sees it: one connection, because Lambda gives it one request at a time. */
export interface Database {
  readonly sql: postgres.Sql;
  /** Leaves a connection that no longer answers to its fate; the next query opens another. */
  abandon(): void;
  /** Whether a client was given up by `abandon`: what still waits for it must not be done again on another. */
  isAbandoned(client: postgres.Sql): boolean;
}

/**
 * What lies between a function and its database forgets idle connections, some of it without a word (AWS: 350 s for
 * NAT, network load balancers and tracked connections of newer instances): then a statement waits for its whole limit.
 * Older ones are not used.
 */
const MAX_IDLE_MS = 300_000;

const RETRY_AFTER_SECONDS = '1';

const CONNECT_TIMEOUT = 'CONNECT_TIMEOUT';
/** What the driver says when no connection can be had or the one in use broke, beside SQLSTATE classes 08 and 57P. */
const AWAY_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  CONNECT_TIMEOUT,
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  '25006', // read_only_sql_transaction: this was the writer before a failover
  '25P03', // idle_in_transaction_session_timeout
  '53300', // too_many_connections
  '55P03', // lock_not_available
]);
const QUERY_CANCELED = '57014';

/**
 * Connects lazily: nothing is sent before the first query. A client lives as long as its one connection, and `sql` is a
 * new one after that. Left to itself the driver connects again behind a client's back: what was meant for a transaction
 * then runs outside of it, and calls that were under way hang or write to a socket that is gone, which ends the
 * process.
 * @throws SettingsError when it cannot be known how to log in
 */
export function connect(settings: DatabaseSettings): Database {
  const login = createLogin(settings);
  let current: postgres.Sql | undefined;
  // By the time of day: the monotonic clock stands still in a frozen environment.
  let usedAt = 0;
  const abandoned = new WeakSet<postgres.Sql>();
  const discard = (client: postgres.Sql) => {
    if (current === client) current = undefined;
    void client.end({ timeout: 0 }).catch(() => undefined);
  };
  return {
    get sql() {
      if (current !== undefined && Date.now() - usedAt > MAX_IDLE_MS) discard(current);
      usedAt = Date.now();
      if (current === undefined) {
        const client = open(settings, login, () => discard(client));
        current = client;
      }
      return current;
    },
    abandon() {
      if (current === undefined) return;
      abandoned.add(current);
      discard(current);
    },
    isAbandoned: (client) => abandoned.has(client),
  };
}

function open(settings: DatabaseSettings, login: DatabaseLogin, onclose: () => void): postgres.Sql {
  return postgres(settings.DATABASE_URL, {
    max: 1,
    connect_timeout: settings.DATABASE_CONNECT_TIMEOUT_MS / 1000,
    ...login,
    ...onlyOnce(login, onclose),
    // Saves a query per connection; no custom types are in use.
    fetch_types: false,
    max_lifetime: null,
    onclose,
    onnotice: () => undefined,
    connection: {
      application_name: 'prior-auth',
      lock_timeout: settings.DATABASE_LOCK_TIMEOUT_MS,
      statement_timeout: settings.DATABASE_STATEMENT_TIMEOUT_MS,
      // An environment that vanishes between two round trips would otherwise hold its idempotency key for hours.
      idle_in_transaction_session_timeout: settings.DATABASE_STATEMENT_TIMEOUT_MS,
      ...(settings.DATABASE_ROLE === undefined ? {} : { role: settings.DATABASE_ROLE }),
    },
  });
}

/**
 * The driver's own hook for a socket, which its types leave out: the first connection is made, a second one never is.
 */
function onlyOnce(login: DatabaseLogin, onRefused: () => void): object {
  let isUsed = false;
  const socket = (target: Target) => {
    if (isUsed) {
      onRefused();
      // Not an error: the driver would reject one call with it, and those queued behind that one would wait for ever.
      return new Promise<never>(() => undefined);
    }
    isUsed = true;
    return login.socket(target);
  };
  return { socket };
}

/**
 * Runs statements in one transaction. Beside the driver's own `begin`, which sends its rollback to a connection that is
 * gone.
 * @throws what a statement throws; nothing has happened then
 */
export async function inTransaction<T>(sql: postgres.Sql, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  await sql`begin`;
  try {
    const result = await work(sql);
    await sql`commit`;
    return result;
  } catch (error) {
    await sql`rollback`.catch(() => undefined);
    throw error;
  }
}

/**
 * Gives a database that says nothing at all the time of one statement, and then calls it away rather than slow.
 * @throws Error ETIMEDOUT, for which `isDatabaseAway` holds
 */
export async function unlessSilent<T>(database: Database, limitMs: number, work: () => Promise<T>): Promise<T> {
  try {
    return await beforeDeadline(limitMs, () => database.abandon(), work);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw Object.assign(new Error('The database is silent'), { code: 'ETIMEDOUT' });
  }
}

/** Asks for a sign of life. @throws what the driver throws when there is none. */
export async function ping(database: Database): Promise<void> {
  await retryOnce(database, (sql) => sql`select 1`);
}

/**
 * A connection that was closed while the environment was frozen shows only when it is used. What has written nothing,
 * or may be written twice, is therefore tried once more on a new connection; an insert never is, and neither is the
 * work of a request whose deadline has passed.
 */
export async function retryOnce<T>(database: Database, work: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> {
  const client = database.sql;
  try {
    return await work(client);
  } catch (error) {
    if (!isDatabaseAway(error) || codeOf(error) === CONNECT_TIMEOUT || database.isAbandoned(client)) throw error;
    // The driver may not have noticed yet that this client is of no more use.
    if (database.sql === client) database.abandon();
    return await work(database.sql);
  }
}

/**
 * What a function that answers nobody may throw: the platform logs an error with all its members, and the driver's hold
 * the row and the parameters.
 */
export function withoutData(error: unknown): Error {
  return Object.assign(new Error(`The database failed: ${typeOf(error)}`), { code: codeOf(error) });
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

/** What a caller may do whose submit met a database that went away; a request that only reads has no key. */
const AGAIN = 'Send the request again';
const AGAIN_WITH_KEY = `${AGAIN}, with the same Idempotency-Key: it may have been stored`;

/**
 * The problem that a database error is to a caller: away 503, too slow 504; anything else is a defect and passes
 * through.
 * @param writes whether the request may have been stored nevertheless
 */
export function toProblem(error: unknown, { writes } = { writes: false }): unknown {
  if (isDatabaseAway(error)) {
    return new Problem(503, {
      detail: `The database is away. ${writes ? AGAIN_WITH_KEY : AGAIN}.`,
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
      cause: error,
    });
  }
  return codeOf(error) === QUERY_CANCELED
    ? new Problem(504, { detail: 'The database took too long.', cause: error })
    : error;
}
