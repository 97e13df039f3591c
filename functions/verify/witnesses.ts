/** What the log says of one request, held against the database. Pure. */
import type { Head } from '../prior-auth/head.ts';
import { about, type Finding } from './finding.ts';
import type { Witness } from './log.ts';
import type { Subject } from './store.ts';

/** Heads of the log that are not in the database, and two of one row. */
export function witnessFindings({ id, request, rows, purged }: Subject, witnesses: readonly Witness[]): Finding[] {
  if (request === undefined && purged.length === 0) return [];
  const heads: readonly Head[] = request === undefined ? purged : rows;
  // A head in doubt may be of a commit that failed, and its row's number another's by now.
  const certain = witnesses.filter(({ by }) => by !== 'doubt');
  const conflict = conflictOf(certain);
  if (conflict !== undefined) return [about(id, 'witness', conflict)];
  const unlike = certain.find((witness) => !heads.some((head) => isSame(witness, head)));
  if (unlike !== undefined) return [about(id, 'witness', mismatch(unlike, heads))];
  if (request === undefined) return [];
  return witnesses
    .filter(({ by }) => by === 'line')
    .flatMap((line) => [
      ...(line.eventId === undefined || line.eventId === request.eventId
        ? []
        : [about(id, 'event_id', `its event id is not that of its line (${line.place})`)]),
      ...(line.traceId === undefined || rows.every(({ trace_id }) => trace_id === line.traceId)
        ? []
        : [about(id, 'witness', `its line (${line.place}) is of another trace than its trail`)]),
    ]);
}

/** Whether the end of the trail is in the log. */
export function isWitnessed({ rows }: Subject, witnesses: readonly Witness[]): boolean {
  const last = rows.at(-1);
  return last !== undefined && witnesses.some((witness) => isSame(witness, last));
}

function isSame({ seq, hash }: Witness, head: Head): boolean {
  return hash === head.hash && (seq === undefined || seq === head.seq);
}

function conflictOf(witnesses: readonly Witness[]): string | undefined {
  for (const one of witnesses) {
    const other = witnesses.find(({ seq, hash }) => seq === one.seq && hash !== one.hash);
    if (other === undefined) continue;
    return `the log has two heads for its row ${one.seq ?? 'at the end'}: ${one.place} and ${other.place}`;
  }
  return undefined;
}

function mismatch({ seq, place }: Witness, heads: readonly Head[]): string {
  const last = heads.at(-1)?.seq ?? 0;
  return seq !== undefined && seq <= last
    ? `row ${seq} is not the one that the log saw (${place}): rows were written anew`
    : `rows were cut off after row ${last}, or all of them written anew: the log has another end (${place})`;
}
