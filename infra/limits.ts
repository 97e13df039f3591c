/**
 * How long everything may take, each within the next, so that what is inside gives up first and can still say so. All
 * in milliseconds. checks/time-limits.ts holds the template against this order.
 */

/** What the database may take of a function's time. */
interface DatabaseLimits {
  readonly connect: number;
  readonly lock: number;
  readonly statement: number;
}

/** Somebody waits for the answer to a request. */
export const REQUEST_LIMITS = { connect: 2_000, lock: 1_000, statement: 3_000, deadline: 8_000, execution: 10_000 };
/** Nobody waits for what only counts events. */
export const BATCH_LIMITS = { connect: 2_000, lock: 1_000, statement: 10_000, execution: 25_000 };
/** An index on a large table takes minutes: the migrator's statements have no limit of their own. */
export const MIGRATION_LIMITS = { execution: 600_000 };
/** API Gateway waits this long for a function; more than 30 s it cannot. */
export const INTEGRATION_MS = 15_000;
/** What telemetry may add to an answer. */
export const FLUSH_MS = 500;

export function databaseTimeouts({ connect, lock, statement }: DatabaseLimits) {
  return {
    DATABASE_CONNECT_TIMEOUT_MS: String(connect),
    DATABASE_LOCK_TIMEOUT_MS: String(lock),
    DATABASE_STATEMENT_TIMEOUT_MS: String(statement),
  };
}

export function requestTimeouts() {
  return { ...databaseTimeouts(REQUEST_LIMITS), REQUEST_DEADLINE_MS: String(REQUEST_LIMITS.deadline) };
}
