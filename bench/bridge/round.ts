import { createBridge } from '../../functions/bridge/bridge.ts';
import { newEventId } from '../../functions/runtime/event-id.ts';
import type { Database } from '../../functions/runtime/postgres.ts';
import { createSeriesStore, type Batch } from '../../functions/series/store.ts';
import { delivery } from '../../tests/fixtures/delivery.ts';
import { submitLine } from '../../tests/fixtures/wide-line.ts';
import { cpuMs } from '../harness/cpu.ts';

export interface Round {
  readonly linesPerSecond: number;
  /** Of the bridge, and of its backend in PostgreSQL, per line. */
  readonly cpuUs: number;
  readonly databaseCpuUs: number;
}

type Bridge = ReturnType<typeof createBridge>;

const log = { warn: console.error, error: console.error };

/** Reads the lines, and gives them to nobody. */
export function createParser(): Bridge {
  const count = ({ events }: Batch) => Promise.resolve({ counted: events.length });
  return createBridge({ store: { count }, log, now: Date.now });
}

export function createBridgeOn(database: Database): Bridge {
  return createBridge({ store: createSeriesStore(database), log, now: Date.now });
}

/**
 * Hands over `batches` of `size` lines one after another; they are made before.
 * @param backend its process, or undefined
 */
export async function round(bridge: Bridge, size: number, batches: number, backend?: number): Promise<Round> {
  const deliveries = Array.from({ length: batches }, () => delivery(lines(size)));
  const lineCount = size * batches;
  const before = { own: process.cpuUsage(), backend: cpuOf(backend), wall: performance.now() };
  for (const each of deliveries) {
    const { counted } = await bridge(each);
    if (counted !== size) throw new Error(`counted ${counted} lines of ${size}`);
  }
  const wallMs = performance.now() - before.wall;
  const { user, system } = process.cpuUsage(before.own);
  return {
    linesPerSecond: (lineCount / wallMs) * 1000,
    cpuUs: (user + system) / lineCount,
    databaseCpuUs: ((cpuOf(backend) - before.backend) / lineCount) * 1000,
  };
}

function cpuOf(pid: number | undefined): number {
  return pid === undefined ? 0 : cpuMs(pid);
}

/** Of submits as the functions write them: no two have one time, and one of them is a cold start. */
function lines(count: number) {
  return Array.from({ length: count }, (_, index) =>
    submitLine({
      event_id: newEventId(),
      prior_auth_request_duration_seconds: Math.round(Math.random() * 100_000) / 1e6,
      ...(index === 0 ? { cold_start: true } : {}),
    }),
  );
}

export async function backendOf({ sql }: Database): Promise<number> {
  const [row] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  return row.pid;
}
