/** The chains of checkpoints and tombstones, each in the log and in the database. Pure. */
import { hash } from 'node:crypto';
import { checkpointText, type Checkpoint } from '../prior-auth/checkpoint.ts';
import { tombstoneText, type Tombstone } from '../prior-auth/tombstone.ts';
import type { Finding } from './finding.ts';
import type { StoredCheckpoint } from './store.ts';

interface Link {
  readonly seq: number;
  readonly previous: string;
  readonly hash: string;
}

/** What a kind of chain is called, and what the hash of a link is over. */
interface Kind<L extends Link> {
  readonly kind: 'checkpoint' | 'tombstone';
  readonly text: (link: L) => string;
}
const CHECKPOINTS: Kind<Checkpoint> = { kind: 'checkpoint', text: checkpointText };
const TOMBSTONES: Kind<Tombstone> = { kind: 'tombstone', text: tombstoneText };

/** One of each number, in their order. */
export function distinct<L extends Link>(links: readonly L[]): L[] {
  return [...new Map(links.map((link) => [link.seq, link])).values()].sort((a, b) => a.seq - b.seq);
}

/**
 * @param logged as the log has them, in its order
 * @param stored as the database has them, by number
 * @param isDue whether a stored one must be in the log
 */
export function checkpointChainFindings(
  logged: readonly Checkpoint[],
  stored: readonly StoredCheckpoint[],
  isDue: (checkpoint: StoredCheckpoint) => boolean,
): Finding[] {
  const inLog = new Map(logged.map((one) => [one.seq, one]));
  const inDatabase = new Set(stored.map(({ seq }) => seq));
  return [
    ...storedFindings(CHECKPOINTS, stored),
    ...orderFindings(logged),
    ...loggedFindings(CHECKPOINTS, logged),
    ...stored.flatMap((one) => {
      const other = inLog.get(one.seq);
      if (other === undefined)
        return isDue(one) ? [say('checkpoint', one.seq, 'was written to the log, and is gone from it')] : [];
      return other.hash === one.hash ? [] : [say('checkpoint', one.seq, 'is another in the log than in the database')];
    }),
    ...[...inLog.keys()]
      .filter((seq) => !inDatabase.has(seq))
      .map((seq) => say('checkpoint', seq, 'is in the log, and gone from the database')),
  ];
}

/**
 * @param isDue whether a stored one must be in the log
 * @param isUndone whether a tombstone of the log is of a purge that was not committed: all that it names is there, or
 *   was purged later
 */
export function tombstoneChainFindings(
  logged: readonly Tombstone[],
  stored: readonly Tombstone[],
  isDue: (tombstone: Tombstone) => boolean,
  isUndone: (tombstone: Tombstone) => boolean,
): Finding[] {
  const inLog = new Set(logged.map(nameOf));
  const inDatabase = new Set(stored.map(nameOf));
  return [
    ...storedFindings(TOMBSTONES, stored),
    ...loggedFindings(TOMBSTONES, logged),
    ...stored
      .filter((one) => isDue(one) && !inLog.has(nameOf(one)))
      .map(({ seq }) => say('tombstone', seq, 'is in the database alone: no log says that this was removed')),
    ...logged
      .filter((one) => isWhole(TOMBSTONES, one) && !inDatabase.has(nameOf(one)) && !isUndone(one))
      .map(({ seq, ids }) => say('tombstone', seq, `is in the log alone, and what it names (${ids}) is not all there`)),
  ];
}

function nameOf({ seq, hash: own }: Link): string {
  return `${seq} ${own}`;
}

/** Each as it was made, and each after the one before it, from the first. */
function storedFindings<L extends Link>(kind: Kind<L>, links: readonly L[]): Finding[] {
  return links.flatMap((link, index) => {
    const before = links[index - 1];
    const expected = (before?.seq ?? 0) + 1;
    if (!isWhole(kind, link)) return [say(kind.kind, link.seq, 'was edited in the database')];
    if (link.seq !== expected) return [say(kind.kind, expected, 'is gone from the database')];
    if (link.previous === (before?.hash ?? '')) return [];
    return [say(kind.kind, link.seq, 'does not follow the one before it in the database')];
  });
}

function loggedFindings<L extends Link>(kind: Kind<L>, links: readonly L[]): Finding[] {
  return links.filter((link) => !isWhole(kind, link)).map(({ seq }) => say(kind.kind, seq, 'was edited in the log'));
}

/** What dies between writing and noting it writes once more, the same. */
function orderFindings(logged: readonly Checkpoint[]): Finding[] {
  const findings: Finding[] = [];
  const known = new Map<number, string>();
  let highest = 0;
  for (const { seq, hash: own } of logged) {
    const before = known.get(seq);
    if (before === undefined && seq < highest)
      findings.push(say('checkpoint', seq, `stands behind checkpoint ${highest} in the log`));
    if (before !== undefined && before !== own)
      findings.push(say('checkpoint', seq, 'is in the log twice, and not the same'));
    known.set(seq, own);
    highest = Math.max(highest, seq);
  }
  return findings;
}

function isWhole<L extends Link>({ text }: Kind<L>, link: L): boolean {
  return hash('sha256', text(link)) === link.hash;
}

function say(kind: 'checkpoint' | 'tombstone', seq: number, what: string): Finding {
  return { kind, text: `${kind === 'checkpoint' ? 'Checkpoint' : 'Tombstone'} ${seq} ${what}` };
}
