import { createHash } from 'node:crypto';
import type { Log } from '../runtime/log.ts';
import { withoutData } from '../runtime/postgres.ts';
import { decode, type CountableEvent } from '../series/emf.ts';
import { Refusal } from '../series/refusal.ts';
import type { Outcomes, Refused, SeriesStore } from '../series/store.ts';
import { deliveriesOf, linesOf } from './subscription.ts';

export interface BridgeParts {
  readonly store: Pick<SeriesStore, 'count'>;
  readonly log: Log;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

interface Decoded {
  readonly events: CountableEvent[];
  readonly refused: Refused[];
}

/**
 * Counts the EMF lines of a log subscription's delivery. What cannot be read is put into quarantine and the rest is
 * counted, so poison never blocks.
 * @throws Error with the database's code, and nothing else: the platform then delivers the whole batch again.
 */
export function createBridge(parts: BridgeParts): (event: unknown) => Promise<Outcomes> {
  return async (event) => {
    const { events, refused } = decodeAll(event, parts.now());
    if (refused.length > 0) parts.log.warn('The bridge could not read everything', { events: refused.length });
    if (events.length === 0 && refused.length === 0) return {};
    try {
      return await parts.store.count({ events, refused, outcome: 'counted' });
    } catch (error) {
      throw withoutData(error);
    }
  };
}

function decodeAll(event: unknown, now: number): Decoded {
  const decoded: Decoded = { events: [], refused: [] };
  for (const delivery of deliveriesOf(event)) {
    const lines = orRefuse(decoded, delivery, () => linesOf(delivery)) ?? [];
    for (const line of lines) {
      const counted = orRefuse(decoded, line, () => decode(line, now));
      if (counted !== undefined) decoded.events.push(counted);
    }
  }
  return decoded;
}

function orRefuse<T>({ refused }: Decoded, source: unknown, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // Whatever it is, the same comes of it at the next delivery: only the database's failures are worth one.
    refused.push({ hash: fingerprint(source), reason: error instanceof Refusal ? error.reason : 'unreadable' });
    return undefined;
  }
}

/** The same at every delivery: a line comes again with its place in the log, a payload with its bytes. */
function fingerprint(source: unknown): string {
  return createHash('sha256').update(textOf(source)).digest('hex');
}

function textOf(source: unknown): string {
  try {
    return JSON.stringify(source ?? null);
  } catch {
    return 'nested too deeply to be written';
  }
}
