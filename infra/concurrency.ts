/**
 * How concurrent executions are shared out. An execution environment holds one connection, so what is reserved is also
 * the most that PostgreSQL has to bear.
 */

/** Every function that is deployed. */
export type FunctionName = 'submit' | 'status' | 'health' | 'metrics' | 'bridge' | 'reconcile' | 'migrate';

/** Less cannot be shared out. */
export const RESERVATION_MINIMUM = 12;

/** Scrapes and probes come one at a time, now and then two; a migrator or a reconciler must not meet another. */
const FIXED = { health: 2, metrics: 2, reconcile: 1, migrate: 1 } as const;
/** Of the rest: reads are fewer than submits, and one bridge counts what many submits write. */
const STATUS_SHARE = 0.25;
const BRIDGE_SHARE = 0.1;

/** The executions reserved for each function; they add up to `total`. */
export function shareOut(total: number): Record<FunctionName, number> {
  const rest = total - Object.values(FIXED).reduce((sum, share) => sum + share, 0);
  const status = Math.max(1, Math.floor(rest * STATUS_SHARE));
  const bridge = Math.max(1, Math.floor(rest * BRIDGE_SHARE));
  return { ...FIXED, status, bridge, submit: rest - status - bridge };
}

/**
 * `max_connections` that Aurora Serverless v2 gives follows the highest capacity: 189 for one unit, somewhat more than
 * that for each further one, never over 5,000 (Aurora User Guide, "Maximum connections for Aurora Serverless v2").
 */
const CONNECTIONS_PER_UNIT = 189;
const MOST_CONNECTIONS = 5000;
/** A database that may shrink to half a unit, or to nothing, gets no more than this. */
const SMALL = 0.5;
const MOST_OF_SMALL = 2000;
/** For the owner's tools, RDS itself and whoever looks into a trouble. */
const KEPT_FREE = 20;

/** The connections that functions may hold, of a database that scales between two capacities, in units. */
export function assignable({ least, most }: { readonly least: number; readonly most: number }): number {
  const limit = least <= SMALL ? MOST_OF_SMALL : MOST_CONNECTIONS;
  return Math.min(Math.floor(most) * CONNECTIONS_PER_UNIT, limit) - KEPT_FREE;
}
