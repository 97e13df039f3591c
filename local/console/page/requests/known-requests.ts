/** The list of requests as the page knows it, kept in step with the store. Pure. */
import type { Requests, RequestSummary } from '../../contract.ts';

export interface KnownRequests {
  readonly run: string;
  readonly cursor: number;
  /** Latest start first. */
  readonly rows: readonly RequestSummary[];
}

export const NOTHING_KNOWN: KnownRequests = { run: '', cursor: 0, rows: [] };

/** Takes an answer in: what is new or changed, without what the store has dropped. Of another run nothing is kept. */
export function merge(known: KnownRequests, { run, cursor, oldest, requests }: Requests): KnownRequests {
  const kept = run === known.run ? known.rows : [];
  const isStale = kept.some(({ arrival }) => arrival < oldest);
  if (requests.length === 0 && !isStale && run === known.run) return { ...known, cursor };
  const changed = new Set(requests.map(({ traceID }) => traceID));
  const rows = [...requests, ...kept.filter(({ traceID }) => !changed.has(traceID))];
  return { run, cursor, rows: rows.filter(({ arrival }) => arrival >= oldest).sort(latestFirst) };
}

function latestFirst(a: RequestSummary, b: RequestSummary): number {
  return b.startTime - a.startTime || b.arrival - a.arrival;
}
