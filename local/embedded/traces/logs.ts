import * as z from 'zod/mini';
import { SubmitLine } from '../../../functions/contract/schemas/wide-line.ts';
import { parseTraceId } from './trace.ts';

const DEFAULT_MAX_LINES = 20_000;
const DEFAULT_MAX_CHARACTERS = 32_000_000;

export interface LogIndex {
  /** Takes one line of the functions' output. What is not a JSON object is ignored; an id of another type is no id. */
  add(line: string): void;
  /** The newest lines first, as they were written. Both ids given: the lines that carry both. */
  find(filter: { traceID?: string | undefined; requestID?: string | undefined }, limit: number): string[];
  status(): LogIndexStatus;
}

export interface LogIndexStatus {
  readonly lines: number;
  readonly maxLines: number;
  /** Lines indexed since the start; it only grows. */
  readonly receivedLines: number;
  readonly droppedLines: number;
}

interface Line {
  readonly text: string;
  readonly traceID: string | undefined;
  readonly requestID: string | undefined;
}

/** Diagnostics are looked up by the same ids as wide lines. */
const { trace_id, request_id } = SubmitLine.shape;
const indexed = z.object({
  trace_id: z.catch(z.optional(trace_id), undefined),
  request_id: z.catch(request_id, undefined),
});

/** The newest log lines in memory, bounded in lines and in characters; the oldest are dropped first and counted. */
export function createLogIndex(maxLines = DEFAULT_MAX_LINES, maxCharacters = DEFAULT_MAX_CHARACTERS): LogIndex {
  const lines = new Map<number, Line>();
  const byTrace = createIndex();
  const byRequest = createIndex();
  const count = { characters: 0, receivedLines: 0, droppedLines: 0 };

  function dropOldest(): void {
    const number = count.receivedLines - lines.size + 1;
    const line = lines.get(number);
    if (line === undefined) return;
    lines.delete(number);
    byTrace.removeOldest(line.traceID);
    byRequest.removeOldest(line.requestID);
    count.characters -= line.text.length;
    count.droppedLines += 1;
  }

  return {
    add(text) {
      const line = parseLine(text);
      if (line === undefined) return;
      count.receivedLines += 1;
      count.characters += text.length;
      lines.set(count.receivedLines, line);
      byTrace.add(line.traceID, line);
      byRequest.add(line.requestID, line);
      while (lines.size > maxLines || count.characters > maxCharacters) dropOldest();
    },
    find({ traceID, requestID }, limit) {
      if (traceID !== undefined) {
        const sameTrace = byTrace.get(traceID);
        return newest(requestID === undefined ? sameTrace : sameTrace.filter((l) => l.requestID === requestID), limit);
      }
      return newest(requestID === undefined ? [...lines.values()] : byRequest.get(requestID), limit);
    },
    status: () => ({
      lines: lines.size,
      maxLines,
      receivedLines: count.receivedLines,
      droppedLines: count.droppedLines,
    }),
  };
}

function parseLine(text: string): Line | undefined {
  try {
    const { trace_id, request_id } = indexed.parse(JSON.parse(text));
    return { text, traceID: parseTraceId(trace_id ?? ''), requestID: request_id };
  } catch {
    return undefined;
  }
}

function newest(lines: readonly Line[], limit: number): string[] {
  return lines
    .slice(-limit)
    .reverse()
    .map((line) => line.text);
}

/**
 * Lines by one of their ids, oldest first; since the oldest line of all is dropped first, it is the first of its id.
 */
function createIndex() {
  const byId = new Map<string, Line[]>();
  return {
    get: (key: string): readonly Line[] => byId.get(key) ?? [],
    add(key: string | undefined, line: Line): void {
      if (key === undefined) return;
      const same = byId.get(key);
      if (same === undefined) byId.set(key, [line]);
      else same.push(line);
    },
    removeOldest(key: string | undefined): void {
      if (key === undefined) return;
      const same = byId.get(key);
      same?.shift();
      if (same?.length === 0) byId.delete(key);
    },
  };
}
