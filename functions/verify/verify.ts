/**
 * Holds what is in the database against the log, which is another trust domain: who can change the one cannot change the other. What
 * is not as it was written is a finding, and so is what is absent: a witness, a checkpoint, a tombstone.
 */
import { rangesOf, type Tombstone } from '../prior-auth/tombstone.ts';
import { checkpointChainFindings, distinct, tombstoneChainFindings } from './chains.ts';
import { createCoverage } from './coverage.ts';
import { about, aboutRange, createRanges, type Finding, type IdRange } from './finding.ts';
import type { Log, Witness } from './log.ts';
import type { Snapshot, Start, Subject } from './store.ts';
import { trailFindings } from './trail.ts';
import { isWitnessed, witnessFindings } from './witnesses.ts';

/** A line may be on its way for as long as reconcile leaves its request alone. */
export const WITNESS_GRACE_MS = 300_000;
/** A line of the evidence log, once it was written, may be on its way to where it is read. */
export const LOG_DELAY_MS = 60_000;

export interface VerifyOptions {
  readonly start: Start;
  readonly allowUnwitnessed: boolean;
  /** The log has no lines from before this: a checkpoint is then witness enough. */
  readonly linesSince: Date | undefined;
  /** The numbers to look at, `after` < id <= `until`; all by default. */
  readonly scope?: { readonly after: number; readonly until: number };
}

export interface Verdict {
  readonly requests: number;
  readonly events: number;
  /** Requests that no line witnesses and that are old enough to be. */
  readonly unwitnessed: number;
  /** The same of the last five minutes: their lines may be on their way. */
  readonly young: number;
  /** Requests without a line of their own, whose lines the log no longer has to hold. */
  readonly by_checkpoint_alone: number;
  /** Requests without a line of their own, which reconcile witnessed. */
  readonly reconciled: readonly IdRange[];
  /** Requests from before digests: their trail does not cover their content. */
  readonly not_covered: readonly IdRange[];
  readonly checkpoints: number;
  readonly purged: number;
  readonly findings: readonly Finding[];
}

export async function verify(snapshot: Snapshot, log: Log, options: VerifyOptions): Promise<Verdict> {
  const pass = createPass(snapshot, log, options);
  const { after, until } = options.scope ?? EVERYTHING;
  for await (const subject of snapshot.subjects(after, until)) pass.take(subject);
  return pass.end(await snapshot.lastGivenId());
}

const EVERYTHING = { after: 0, until: Number.MAX_SAFE_INTEGER };
const NONE: readonly Witness[] = [];

function createPass(snapshot: Snapshot, log: Log, options: VerifyOptions) {
  const scope = options.scope ?? EVERYTHING;
  const isInScope = (id: number) => id > scope.after && id <= scope.until;
  const checkpoints = distinct(log.checkpoints).filter(
    ({ after_id, last_id }) => after_id >= scope.after && last_id <= scope.until,
  );
  const coverage = createCoverage(checkpoints, snapshot.tombstones, options.scope === undefined);
  const committed = new Set(snapshot.tombstones.map(({ hash }) => hash));
  const presence = createPresence(log.tombstones.filter(({ hash }) => !committed.has(hash)));
  const missing = new Set(
    [...log.witnesses].filter(([id, all]) => isInScope(id) && all.some(isCertain)).map(([id]) => id),
  );
  const seen = { requests: 0, events: 0, unwitnessed: 0, young: 0, by_checkpoint_alone: 0, purged: 0, last: 0 };
  const findings: Finding[] = [...log.findings];
  const [unwitnessed, reconciled, uncovered] = [createRanges(), createRanges(), createRanges()];

  function take(subject: Subject): void {
    const witnesses = log.witnesses.get(subject.id) ?? NONE;
    missing.delete(subject.id);
    seen.last = subject.id;
    seen.events += subject.rows.length;
    if (subject.purged.length > 0) seen.purged++;
    coverage.add(subject);
    if (subject.request !== undefined || subject.purged.length > 0) presence.add(subject.id);
    findings.push(...trailFindings(subject), ...witnessFindings(subject, witnesses));
    if (subject.request !== undefined) takeRequest(subject, subject.request, witnesses);
  }

  function takeRequest(subject: Subject, { createdAt }: { createdAt: Date }, witnesses: readonly Witness[]): void {
    seen.requests++;
    if (subject.digestHolds === null) uncovered.add(subject.id);
    else uncovered.interrupt();
    if (isWitnessed(subject, witnesses)) {
      unwitnessed.interrupt();
      if (witnesses.every(({ by }) => by === 'reconcile')) reconciled.add(subject.id);
      else reconciled.interrupt();
      return;
    }
    // That there is another head is said already.
    if (witnesses.length > 0 || subject.rows.length === 0) return;
    if (isBefore(options.linesSince, createdAt) && coverage.covers(subject.id)) seen.by_checkpoint_alone++;
    else if (
      isBetween(createdAt, options.start.at.getTime() - WITNESS_GRACE_MS, snapshot.at.getTime() + WITNESS_GRACE_MS)
    )
      seen.young++;
    else {
      seen.unwitnessed++;
      unwitnessed.add(subject.id);
    }
  }

  function end(lastGivenId: number): Verdict {
    if (!options.allowUnwitnessed) findings.push(...absenceFindings());
    const vanished = createRanges();
    for (const id of [...missing].sort((a, b) => a - b)) {
      if (vanished.ranges.at(-1)?.last !== id - 1) vanished.interrupt();
      vanished.add(id);
    }
    findings.push(
      ...vanished.ranges.map((range) =>
        aboutRange(range, 'vanished', 'the log saw this request, and the database has none of it'),
      ),
      ...coverage.findings(),
    );
    if (seen.last > lastGivenId)
      findings.push(about(seen.last, 'sequence', `the numbers given out end at ${lastGivenId}`));
    if (options.scope === undefined) findings.push(...chainFindings());
    const { last: _, ...counts } = seen;
    return {
      ...counts,
      reconciled: reconciled.ranges,
      not_covered: uncovered.ranges,
      checkpoints: checkpoints.length,
      findings,
    };
  }

  function absenceFindings(): Finding[] {
    const isEmpty = seen.requests > 0 && !log.hasLines && options.linesSince === undefined;
    return [
      ...(isEmpty
        ? [{ kind: 'log' as const, text: 'The log has no line of a request: it is empty, or another one' }]
        : []),
      ...unwitnessed.ranges.map((range) => aboutRange(range, 'unwitnessed', 'no line of the log witnesses its trail')),
    ];
  }

  function chainFindings(): Finding[] {
    const delay = (at: Date) =>
      isBetween(at, options.start.at.getTime() - LOG_DELAY_MS, snapshot.at.getTime() + LOG_DELAY_MS);
    return [
      ...checkpointChainFindings(
        log.checkpoints,
        snapshot.checkpoints,
        ({ writtenAt, closed_at }) =>
          writtenAt !== null && !delay(writtenAt) && !isBefore(options.linesSince, new Date(closed_at)),
      ),
      ...tombstoneChainFindings(
        log.tombstones,
        snapshot.tombstones,
        ({ seq, at }) => seq <= options.start.lastTombstone && !isBefore(options.linesSince, new Date(at)),
        presence.isWhole,
      ),
    ];
  }

  return { take, end };
}

function isCertain({ by }: Witness): boolean {
  return by !== 'doubt';
}

function isBetween(at: Date, from: number, until: number): boolean {
  return at.getTime() > from && at.getTime() <= until;
}

function isBefore(limit: Date | undefined, at: Date): boolean {
  return limit !== undefined && at < limit;
}

/** Whether all requests that a tombstone of the log names are there, or known to be purged. */
function createPresence(tombstones: readonly Tombstone[]) {
  const purges = tombstones.map((tombstone) => ({ tombstone, ranges: rangesOf(tombstone.ids), present: 0 }));
  return {
    add(id: number): void {
      for (const purge of purges) if (purge.ranges.some(([first, last]) => id >= first && id <= last)) purge.present++;
    },
    isWhole: (tombstone: Tombstone): boolean =>
      purges.some((purge) => purge.tombstone === tombstone && purge.present === tombstone.requests),
  };
}
