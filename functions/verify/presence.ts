/** Requests and tombstones that the log knows of and the database may have lost. */
import { rangesOf, type Tombstone } from '../prior-auth/tombstone.ts';
import { aboutRange, createRanges, type Finding } from './finding.ts';
import type { Log } from './log.ts';

/** @param isInScope whether a number is looked at */
export function createPresence({ witnesses }: Log, isInScope: (id: number) => boolean) {
  const missing = new Set<number>();
  // A head in doubt may be of a commit that failed.
  for (const [id, all] of witnesses) if (isInScope(id) && all.some(({ by }) => by !== 'doubt')) missing.add(id);
  return {
    add: (id: number) => void missing.delete(id),
    findings(): Finding[] {
      const vanished = createRanges();
      for (const id of [...missing].sort((a, b) => a - b)) {
        if (vanished.ranges.at(-1)?.last !== id - 1) vanished.interrupt();
        vanished.add(id);
      }
      return vanished.ranges.map((range) =>
        aboutRange(range, 'vanished', 'the log saw this request, and the database has none of it'),
      );
    },
  };
}

/**
 * Whether all requests that a tombstone names are there, or known to be purged: it was then written by a purge that
 * went no further.
 */
export function createUndonePurges(tombstones: readonly Tombstone[]) {
  const purges = tombstones.map((tombstone) => ({ tombstone, ranges: rangesOf(tombstone.ids), present: 0 }));
  return {
    add(id: number): void {
      for (const purge of purges) if (purge.ranges.some(([first, last]) => id >= first && id <= last)) purge.present++;
    },
    has: (tombstone: Tombstone): boolean =>
      purges.some((purge) => purge.tombstone === tombstone && purge.present === tombstone.requests),
  };
}
