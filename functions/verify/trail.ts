/** What the database says of one request, held against itself. Pure. */
import { SUBMIT_EVENTS, type DetailName } from '../contract/trail.ts';
import { firstBroken, statusOf, type AuditRow } from '../prior-auth/audit.ts';
import { about, type Finding } from './finding.ts';
import type { Subject } from './store.ts';

export function trailFindings(subject: Subject): Finding[] {
  const { id, request, rows, keys, purged } = subject;
  const isEmpty = rows.length === 0 && keys === 0;
  if (purged.length > 0)
    return request === undefined && isEmpty ? [] : [about(id, 'tombstone', 'was purged, and part of it is there')];
  if (request === undefined)
    return [about(id, 'vanished', 'the request is gone, and rows of its trail or a key are left')];
  const trail = trailFault(rows);
  const findings = trail === undefined ? rowFindings(subject, request.status) : [about(id, 'trail', trail)];
  if (subject.digestHolds === false)
    findings.push(about(id, 'digest', 'request, key or salt are not what was stored: the digest does not hold'));
  return findings;
}

function trailFault(rows: readonly AuditRow[]): string | undefined {
  if (rows.length === 0) return 'all audit rows are gone';
  const broken = firstBroken(rows);
  if (broken !== undefined) {
    const position = rows.indexOf(broken) + 1;
    return broken.seq === position
      ? `row ${position} (${broken.event}) is not what was written`
      : `row ${position} is gone: row ${broken.seq} (${broken.event}) stands in its place`;
  }
  const strange = rows.find(({ event }, index) => event !== SUBMIT_EVENTS[index]);
  if (strange !== undefined) return `row ${strange.seq} (${strange.event}) is none that this version writes there`;
  return rows.length < SUBMIT_EVENTS.length ? `rows were cut off after row ${rows.length}` : undefined;
}

function rowFindings({ id, rows, keys }: Subject, status: string): Finding[] {
  const findings: Finding[] = [];
  const made = statusOf(rows);
  if (made !== status) findings.push(about(id, 'status', `its status is not the one that its trail makes`));
  const expected = rows[0]?.details['idempotency_key' satisfies DetailName] === true ? 1 : 0;
  if (keys !== expected)
    findings.push(about(id, 'key', `the trail says ${expected} idempotency keys, and there are ${keys}`));
  return findings;
}
