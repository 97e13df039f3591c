/**
 * Holds what is in the database against the log, which is another trust domain: who can change the one cannot change
 * the other. What is not as it was written is a finding, and so is what is absent: a witness, a checkpoint, a
 * tombstone.
 */
import { createAbsence, isBefore, type Absence } from './absence.ts';
import { checkpointChainFindings, distinct, tombstoneChainFindings } from './chains.ts';
import { createCoverage } from './coverage.ts';
import { about, createRanges, type Finding, type IdRange } from './finding.ts';
import type { Log } from './log.ts';
import { createPresence, createUndonePurges } from './presence.ts';
import type { Snapshot, StoredCheckpoint, Subject } from './store.ts';
import { trailFindings } from './trail.ts';
import type { Scope, VerifyOptions } from './verify-options.ts';
import { witnessFindings } from './witnesses.ts';

/** A checkpoint that was written may be on its way to where the log is read. */
const LOG_DELAY_MS = 60_000;

const EVERYTHING: Scope = { after: 0, until: Number.MAX_SAFE_INTEGER };

export interface Verification extends Absence {
  readonly requests: number;
  readonly events: number;
  readonly purged: number;
  /** Requests from before digests: their trail does not cover their content. */
  readonly not_covered: readonly IdRange[];
  readonly checkpoints: number;
  readonly findings: readonly Finding[];
}

export async function verify(snapshot: Snapshot, log: Log, options: VerifyOptions): Promise<Verification> {
  const pass = createPass(snapshot, log, options);
  const { after, until } = options.scope ?? EVERYTHING;
  for await (const subject of snapshot.subjects(after, until)) pass.take(subject);
  return pass.end(await snapshot.lastGivenId());
}

function createPass(snapshot: Snapshot, log: Log, options: VerifyOptions) {
  const { after, until } = options.scope ?? EVERYTHING;
  const checkpoints = distinct(log.checkpoints).filter((one) => one.after_id >= after && one.last_id <= until);
  const coverage = createCoverage(checkpoints, snapshot.tombstones, options.scope === undefined);
  const absence = createAbsence({ log, options, until: snapshot.at, covers: coverage.covers });
  const presence = createPresence(log, (id) => id > after && id <= until);
  const committed = new Set(snapshot.tombstones.map(({ hash }) => hash));
  const undone = createUndonePurges(log.tombstones.filter(({ hash }) => !committed.has(hash)));
  const uncovered = createRanges();
  const findings: Finding[] = [...log.findings];
  const seen = { events: 0, purged: 0, last: 0 };

  function take(subject: Subject): void {
    const { id, request, rows, purged } = subject;
    const witnesses = log.witnesses.get(id) ?? [];
    seen.last = id;
    seen.events += rows.length;
    if (purged.length > 0) seen.purged++;
    coverage.add(subject);
    presence.add(id);
    if (request !== undefined || purged.length > 0) undone.add(id);
    findings.push(...trailFindings(subject), ...witnessFindings(subject, witnesses));
    if (request === undefined) return;
    absence.take(subject, request.createdAt, witnesses);
    if (subject.digestHolds === null) uncovered.add(id);
    else uncovered.interrupt();
  }

  function end(lastGivenId: number): Verification {
    findings.push(...absence.findings(), ...presence.findings(), ...coverage.findings());
    if (seen.last > lastGivenId)
      findings.push(about(seen.last, 'sequence', `the numbers given out end at ${lastGivenId}`));
    if (options.scope === undefined) findings.push(...chainFindings(snapshot, log, options, undone.has));
    return {
      ...absence.result(),
      events: seen.events,
      purged: seen.purged,
      not_covered: uncovered.ranges,
      checkpoints: checkpoints.length,
      findings,
    };
  }

  return { take, end };
}

function chainFindings(
  snapshot: Snapshot,
  log: Log,
  { start, linesSince }: VerifyOptions,
  isUndone: Parameters<typeof tombstoneChainFindings>[3],
): Finding[] {
  const isOnItsWay = (at: Date) =>
    at.getTime() > start.at.getTime() - LOG_DELAY_MS && at.getTime() <= snapshot.at.getTime();
  const isDue = ({ writtenAt, closed_at }: StoredCheckpoint) =>
    writtenAt !== null && !isOnItsWay(writtenAt) && !isBefore(linesSince, new Date(closed_at));
  return [
    ...checkpointChainFindings(log.checkpoints, snapshot.checkpoints, isDue),
    ...tombstoneChainFindings(
      log.tombstones,
      snapshot.tombstones,
      ({ seq, at }) => seq <= start.lastTombstone && !isBefore(linesSince, new Date(at)),
      isUndone,
    ),
  ];
}
