/** Requests that the log should know of and does not. Absence is no proof of health. */
import { aboutRange, createRanges, type Finding, type IdRange } from './finding.ts';
import type { Log, Witness } from './log.ts';
import type { Subject } from './store.ts';
import type { VerifyOptions } from './verify-options.ts';
import { isWitnessed } from './witnesses.ts';

/** A line may be on its way for as long as reconcile leaves its request alone. */
const WITNESS_GRACE_MS = 300_000;

export interface Absence {
  /** Requests that no line witnesses and that are old enough to be. */
  readonly unwitnessed: number;
  /** The same of the last five minutes: their lines may be on their way. */
  readonly young: number;
  /** The same of what the log need not hold any more. */
  readonly by_checkpoint_alone: number;
  /** Requests without a line of their own, which reconcile witnessed. */
  readonly reconciled: readonly IdRange[];
}

export interface AbsenceParts {
  readonly log: Log;
  readonly options: VerifyOptions;
  /** When the database was looked at. */
  readonly until: Date;
  /** Whether a checkpoint covers a number. */
  readonly covers: (id: number) => boolean;
}

export function createAbsence({ log, options, until, covers }: AbsenceParts) {
  const [unwitnessed, reconciled] = [createRanges(), createRanges()];
  const counts = { requests: 0, unwitnessed: 0, young: 0, by_checkpoint_alone: 0 };

  function take(subject: Subject, createdAt: Date, witnesses: readonly Witness[]): void {
    counts.requests++;
    if (isWitnessed(subject, witnesses)) {
      unwitnessed.interrupt();
      if (witnesses.every(({ by }) => by === 'reconcile')) reconciled.add(subject.id);
      else reconciled.interrupt();
      return;
    }
    // That there is another head, or no trail at all, is said already.
    if (witnesses.length > 0 || subject.rows.length === 0) return;
    if (isBefore(options.linesSince, createdAt) && covers(subject.id)) counts.by_checkpoint_alone++;
    else if (isYoung(createdAt)) counts.young++;
    else {
      counts.unwitnessed++;
      unwitnessed.add(subject.id);
    }
  }

  /** A time to come, from a clock that jumped, is not young for long. */
  function isYoung(at: Date): boolean {
    const [from, to] = [options.start.at.getTime() - WITNESS_GRACE_MS, until.getTime() + WITNESS_GRACE_MS];
    return at.getTime() > from && at.getTime() <= to;
  }

  function findings(): Finding[] {
    if (options.allowUnwitnessed) return [];
    const isEmpty = counts.requests > 0 && !log.hasLines && options.linesSince === undefined;
    const empty = { kind: 'log' as const, text: 'The log has no line of a request: it is empty, or another one' };
    return [
      ...(isEmpty ? [empty] : []),
      ...unwitnessed.ranges.map((range) => aboutRange(range, 'unwitnessed', 'no line of the log witnesses its trail')),
    ];
  }

  return {
    take,
    findings,
    result: (): Absence & { requests: number } => ({ ...counts, reconciled: reconciled.ranges }),
  };
}

export function isBefore(limit: Date | undefined, at: Date): boolean {
  return limit !== undefined && at < limit;
}
