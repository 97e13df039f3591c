/** Checkpoints and tombstones held against the heads that are there. */
import { createHash, type Hash } from 'node:crypto';
import { SUBMIT_HEAD } from '../contract/trail.ts';
import type { Checkpoint } from '../prior-auth/checkpoint.ts';
import { headLine, type Head } from '../prior-auth/head.ts';
import { toRequestId } from '../contract/request-id.ts';
import type { Tombstone } from '../prior-auth/tombstone.ts';
import { about, type Finding } from './finding.ts';
import type { Subject } from './store.ts';

/** The ends of what was written under one number, there or purged. */
export function headsOf({ rows, purged }: Subject): Head[] {
  return [...rows.filter(({ event }) => event === SUBMIT_HEAD), ...purged].sort((a, b) => a.seq - b.seq);
}

interface Sum {
  readonly hash: Hash;
  heads: number;
}

/**
 * Adds up heads as they come, in the order of their numbers.
 * @param checkpoints one of each range, in their order
 * @param isWholePass whether all that tombstones are over will come
 */
export function createCoverage(
  checkpoints: readonly Checkpoint[],
  tombstones: readonly Tombstone[],
  isWholePass: boolean,
) {
  const ranges = checkpoints.map((checkpoint) => ({ checkpoint, sum: newSum() }));
  const purges = new Map(tombstones.map((tombstone) => [tombstone.seq, { tombstone, sum: newSum() }]));
  const strays: Finding[] = [];
  let next = 0;
  return {
    add(subject: Subject): void {
      while (next < ranges.length && subject.id > (ranges[next]?.checkpoint.last_id ?? 0)) next++;
      const range = ranges[next];
      for (const head of headsOf(subject))
        if (range !== undefined && subject.id > range.checkpoint.after_id) add(range.sum, subject.id, head);
      for (const head of subject.purged) {
        const purge = purges.get(head.tombstone);
        if (purge !== undefined) add(purge.sum, subject.id, head);
        else
          strays.push(
            about(subject.id, 'tombstone', `it is said to be purged, and there is no tombstone ${head.tombstone}`),
          );
      }
    },
    /** Whether a checkpoint covers a number. */
    covers: (id: number) => checkpoints.some(({ after_id, last_id }) => id > after_id && id <= last_id),
    findings: (): Finding[] => [
      ...strays,
      ...ranges.filter(({ checkpoint, sum }) => !holds(checkpoint, sum)).map(checkpointFinding),
      ...[...purges.values()]
        .filter(({ tombstone, sum }) => isWholePass && digestOf(sum) !== tombstone.heads_sha256)
        .map(({ tombstone }) => tombstoneFinding(tombstone)),
    ],
  };
}

function newSum(): Sum {
  return { hash: createHash('sha256'), heads: 0 };
}

function add(sum: Sum, id: number, head: Head): void {
  sum.hash.update(headLine(id, head));
  sum.heads++;
}

function digestOf({ hash }: Sum): string {
  return hash.copy().digest('hex');
}

function holds({ heads, heads_sha256 }: Checkpoint, sum: Sum): boolean {
  return heads === sum.heads && heads_sha256 === digestOf(sum);
}

function checkpointFinding({ checkpoint, sum }: { checkpoint: Checkpoint; sum: Sum }): Finding {
  const { seq, after_id, last_id, heads } = checkpoint;
  const range = { request_id: toRequestId(after_id + 1), last_request_id: toRequestId(last_id) };
  const what =
    sum.heads === heads
      ? 'as many heads are there, and one is another'
      : `${heads} heads were there, and now there are ${sum.heads}: requests were ${sum.heads < heads ? 'removed' : 'added'}`;
  return {
    kind: 'checkpoint',
    ...range,
    text: `Checkpoint ${seq} (${range.request_id} to ${range.last_request_id}): ${what}`,
  };
}

function tombstoneFinding({ seq, ids }: Tombstone): Finding {
  return {
    kind: 'tombstone',
    text: `Tombstone ${seq} (${ids}): the heads that it left are not those it was made over`,
  };
}
