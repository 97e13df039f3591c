import { canonical } from './canonical.ts';

/** What a purge leaves of the requests it removed. Each holds the hash of the one before it. */
export interface Tombstone {
  /** From 1, without a gap. */
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly purged_by: string;
  readonly reason: string;
  readonly requests: number;
  /** `1-40,42` */
  readonly ids: string;
  /** What was removed, by `status/…` and `event/…`: reports over all time add it to what is left. */
  readonly counts: Readonly<Record<string, number>>;
  /** Over the lines of the removed heads (head.ts); sha256, hex. */
  readonly heads_sha256: string;
  readonly previous: string;
  readonly hash: string;
}

/** What a tombstone's hash is over. `prior_auth_purge` (infra/database/0007_evidence.sql) writes the same. */
export function tombstoneText(tombstone: Omit<Tombstone, 'hash'>): string {
  return canonical([
    'prior-auth-tombstone/1',
    String(tombstone.seq),
    tombstone.at,
    tombstone.purged_by,
    tombstone.reason,
    String(tombstone.requests),
    tombstone.ids,
    tombstone.heads_sha256,
    tombstone.previous,
    ...Object.entries(tombstone.counts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, count]) => [name, String(count)]),
  ]);
}

/** The ranges of `ids`, each its first and last number. */
export function rangesOf(ids: string): [number, number][] {
  return ids.split(',').map((range) => {
    const [first = '', last = first] = range.split('-');
    return [Number(first), Number(last)];
  });
}
