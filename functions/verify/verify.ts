/**
 * Holds the audit trail in the database against the heads in the log, which is another trust domain: who can change the
 * one cannot change the other. Finds edited, removed, reordered, cut-off and vanished rows, and vanished requests.
 */
import { firstBroken } from '../prior-auth/audit.ts';
import { toRequestId } from '../prior-auth/request.ts';
import type { Heads } from './heads.ts';
import type { Trail } from './store.ts';

export interface Verdict {
  readonly requests: number;
  readonly events: number;
  /** Requests whose line is not in this log: their chain agrees with itself, which proves less. */
  readonly unwitnessed: number;
  /** One sentence each, naming request and row. */
  readonly findings: readonly string[];
}

export async function verify(trails: AsyncIterable<Trail>, heads: Heads): Promise<Verdict> {
  const missing = new Set(heads.keys());
  const findings: string[] = [];
  const seen = { requests: 0, events: 0, unwitnessed: 0 };
  for await (const trail of trails) {
    const requestId = toRequestId(trail.requestId);
    const head = heads.get(requestId);
    missing.delete(requestId);
    seen.requests++;
    seen.events += trail.rows.length;
    if (head === undefined) seen.unwitnessed++;
    const finding = faultOf(trail, head);
    if (finding !== undefined) findings.push(`${requestId}: ${finding}`);
  }
  for (const requestId of missing)
    findings.push(`${requestId}: the log saw this request, and the database has none of it`);
  return { ...seen, findings };
}

function faultOf({ rows }: Trail, head: string | undefined): string | undefined {
  const last = rows.at(-1);
  if (last === undefined) return 'all audit rows are gone';
  const broken = firstBroken(rows);
  if (broken !== undefined) {
    const position = rows.indexOf(broken) + 1;
    return broken.seq === position
      ? `row ${position} (${broken.event}) is not what was written`
      : `row ${position} is gone: row ${broken.seq} (${broken.event}) stands in its place`;
  }
  if (head === undefined || head === last.hash) return undefined;
  return `rows were cut off after row ${last.seq} (${last.event}), or all of them written anew: the log has another end`;
}
