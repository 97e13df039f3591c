/**
 * The audit trail's hash chain (RFC 6962 and git link their records in the same way): each row's hash covers the row
 * before it, and the head of the chain leaves the database in the request's log line. An edited, removed, reordered or
 * missing row is found by comparing the two.
 */
import { hash } from 'node:crypto';
import {
  SUBMIT_HEAD,
  type AuditEventName,
  type DetailName,
  type DetailsOf,
  type SUBMIT_EVENTS,
} from '../contract/trail.ts';

/** A row's content, as it is read: of whatever event. */
export interface AuditEvent {
  readonly event: string;
  readonly actor: string;
  /** Flat, and never PHI: the trail is read by more people than the request is. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly trace_id: string;
  readonly span_id: string;
  readonly at: Date;
}

export interface AuditRow extends AuditEvent {
  readonly request_id: number;
  /** From 1, without a gap. */
  readonly seq: number;
  /** sha256, hex. */
  readonly hash: string;
  /**
   * Of the first row: what the trail attests beside its events (digest.ts). None on rows written before there were
   * digests.
   */
  readonly digest?: string | null;
}

/** An event as it is written: one that the trail knows, with its details. */
export type KnownEvent<Name extends AuditEventName> = Omit<AuditEvent, 'event' | 'details'> & {
  readonly event: Name;
  readonly details: DetailsOf<Name>;
};

type KnownEvents<Names extends readonly AuditEventName[]> = { [Index in keyof Names]: KnownEvent<Names[Index]> };
/** What a submit writes: each of its events, in their order. */
export type SubmitTrail = KnownEvents<typeof SUBMIT_EVENTS>;

/** The status that a trail makes: the column of the request is a copy of it. Undefined when no event says one. */
export function statusOf(rows: readonly AuditEvent[]): string | undefined {
  const status = rows.findLast(({ event }) => event === SUBMIT_HEAD)?.details['status' satisfies DetailName];
  return typeof status === 'string' ? status : undefined;
}

/**
 * Links the events of one request, in their order.
 * @param digest of what was stored with them
 */
export function chain(requestId: number, events: readonly AuditEvent[], digest?: string): AuditRow[] {
  let previous = '';
  return events.map((event, index) => {
    const first = index === 0 && digest !== undefined ? { digest } : {};
    const unlinked = { ...event, request_id: requestId, seq: index + 1, ...first };
    previous = hashOf(previous, unlinked);
    return { ...unlinked, hash: previous };
  });
}

/** The first row whose number or hash is not what the rows before it and its own content make. */
export function firstBroken(rows: readonly AuditRow[]): AuditRow | undefined {
  let previous = '';
  return rows.find((row, index) => {
    const isBroken = row.seq !== index + 1 || row.hash !== hashOf(previous, row);
    previous = row.hash;
    return isBroken;
  });
}

/**
 * What a row's hash is over, letter for letter. A digest that is not there is not in it: rows from before keep their
 * hash.
 */
export function contentOf(previous: string, row: Omit<AuditRow, 'hash'>): string {
  const details = Object.entries(row.details).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = [
    previous,
    row.request_id,
    row.seq,
    row.event,
    row.actor,
    details,
    row.trace_id,
    row.span_id,
    row.at.toISOString(),
    ...(typeof row.digest === 'string' ? [row.digest] : []),
  ];
  return JSON.stringify(content);
}

function hashOf(previous: string, row: Omit<AuditRow, 'hash'>): string {
  return hash('sha256', contentOf(previous, row));
}
