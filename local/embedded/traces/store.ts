import { createInterner } from './interner.ts';
import { createOperationIndex, type OperationIndex } from './operations.ts';
import type { Span } from './trace.ts';

/** Room for about 8,000 submits of six spans each. */
const DEFAULT_MAX_SPANS = 50_000;

export interface StoredTrace {
  readonly traceID: string;
  readonly spans: readonly Span[];
  /** How many spans had been received with its first one: its place in the order of arrival. */
  readonly arrival: number;
}

export interface TraceStoreStatus {
  readonly traces: number;
  readonly spans: number;
  readonly maxSpans: number;
  /**
   * Spans taken in since the start, duplicates apart. It only grows, so it also tells a reader that something is new.
   */
  readonly receivedSpans: number;
  readonly duplicateSpans: number;
  readonly droppedTraces: number;
  readonly droppedSpans: number;
}

export interface TraceStore extends Pick<OperationIndex, 'services' | 'operations'> {
  /** Takes spans in; a span already stored (the retry of an export) is not stored twice. */
  add(spans: readonly Span[]): void;
  trace(traceID: string): StoredTrace | undefined;
  /** The `limit` traces of the latest start that have at least one span which fits, latest first. */
  find(fits: (span: Span) => boolean, limit: number): StoredTrace[];
  /** The traces that got a span after `receivedSpans` was `cursor`, in the order of their arrival. */
  changedSince(cursor: number): StoredTrace[];
  /** The arrival of the trace that came first of those stored; of none, that of the next to come. */
  oldestArrival(): number;
  status(): TraceStoreStatus;
}

interface Entry {
  readonly traceID: string;
  readonly spans: Span[];
  readonly spanIDs: Set<string>;
  arrival: number;
  startTime: number;
  /** `receivedSpans` with its last span. */
  changed: number;
}

/**
 * Traces in memory, never more than `maxSpans` spans. Room for a new span is made by dropping the other trace that came
 * first, whole; a trace that alone fills the store loses its further spans instead.
 *
 * A search has no index: it stops at its limit, and one that finds nothing has read 25,000 spans after some 3 ms, or
 * 15 ms when it looks for a tag.
 */
export function createTraceStore(maxSpans = DEFAULT_MAX_SPANS): TraceStore {
  const entries = new Map<string, Entry>();
  const index = createOperationIndex();
  const intern = createInterner();
  const count = { spans: 0, receivedSpans: 0, duplicateSpans: 0, droppedTraces: 0, droppedSpans: 0 };

  function makeRoom(spared: string): boolean {
    while (count.spans >= maxSpans) {
      const [oldest, next] = entries.values();
      if (oldest === undefined || (oldest.traceID === spared && next === undefined)) return false;
      if (oldest.traceID === spared) {
        moveLast(entries, oldest, count.receivedSpans);
        continue;
      }
      entries.delete(oldest.traceID);
      oldest.spans.forEach((span) => index.remove(span));
      count.spans -= oldest.spans.length;
      count.droppedTraces += 1;
      count.droppedSpans += oldest.spans.length;
    }
    return true;
  }

  function addOne(span: Span): void {
    if (entries.get(span.traceID)?.spanIDs.has(span.spanID) === true) {
      count.duplicateSpans += 1;
      return;
    }
    count.receivedSpans += 1;
    if (!makeRoom(span.traceID)) {
      count.droppedSpans += 1;
      return;
    }
    const entry = entries.get(span.traceID) ?? createEntry(span, count.receivedSpans);
    entries.set(span.traceID, entry);
    index.add(span);
    entry.spans.push(intern(span));
    entry.spanIDs.add(span.spanID);
    entry.startTime = Math.min(entry.startTime, span.startTime);
    entry.changed = count.receivedSpans;
    count.spans += 1;
  }

  return {
    add: (spans) => spans.forEach(addOne),
    trace: (traceID) => entries.get(traceID),
    find(fits, limit) {
      const found: StoredTrace[] = [];
      for (const entry of latestFirst(entries)) {
        if (found.length >= limit) break;
        if (entry.spans.some(fits)) found.push(entry);
      }
      return found;
    },
    changedSince: (cursor) => [...entries.values()].filter((entry) => entry.changed > cursor),
    oldestArrival: () => entries.values().next().value?.arrival ?? count.receivedSpans + 1,
    services: () => index.services(),
    operations: (service) => index.operations(service),
    status: () => ({ traces: entries.size, maxSpans, ...count }),
  };
}

/** What outlives others has arrived after them: by the oldest arrival a reader then knows all that is gone. */
function moveLast(entries: Map<string, Entry>, entry: Entry, arrival: number): void {
  entries.delete(entry.traceID);
  entry.arrival = arrival;
  entries.set(entry.traceID, entry);
}

function createEntry({ traceID, startTime }: Span, arrival: number): Entry {
  return { traceID, spans: [], spanIDs: new Set(), arrival, startTime, changed: arrival };
}

function latestFirst(entries: ReadonlyMap<string, Entry>): Entry[] {
  return [...entries.values()].reverse().sort((a, b) => b.startTime - a.startTime);
}
