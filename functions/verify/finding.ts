import { toRequestId } from '../contract/request-id.ts';

/** What kind of thing is not as it was written. */
export type FindingKind =
  | 'trail'
  | 'digest'
  | 'status'
  | 'key'
  | 'event_id'
  | 'witness'
  | 'unwitnessed'
  | 'vanished'
  | 'sequence'
  | 'log'
  | 'checkpoint'
  | 'tombstone';

export interface Finding {
  readonly kind: FindingKind;
  /** The request, or the first and last of several, that it is about. */
  readonly request_id?: string;
  readonly last_request_id?: string;
  /** One sentence that names all of it. */
  readonly text: string;
}

export function about(id: number, kind: FindingKind, what: string): Finding {
  const request_id = toRequestId(id);
  return { kind, request_id, text: `${request_id}: ${what}` };
}

/** Numbers with none of their kind between them. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** Joins numbers that come one after the other; `interrupt` ends a range. */
export function createRanges() {
  const ranges: IdRange[] = [];
  let isOpen = false;
  return {
    ranges: ranges as readonly IdRange[],
    add(id: number): void {
      const open = isOpen ? ranges.pop() : undefined;
      ranges.push({ first: open?.first ?? id, last: id, count: (open?.count ?? 0) + 1 });
      isOpen = true;
    },
    interrupt(): void {
      isOpen = false;
    },
  };
}

export function rangeName({ first, last, count }: IdRange): string {
  if (count === 1) return toRequestId(first);
  return `${toRequestId(first)} to ${toRequestId(last)} (${count} requests)`;
}

export function aboutRange(range: IdRange, kind: FindingKind, what: string): Finding {
  const last = range.count > 1 ? { last_request_id: toRequestId(range.last) } : {};
  return { kind, request_id: toRequestId(range.first), ...last, text: `${rangeName(range)}: ${what}` };
}
