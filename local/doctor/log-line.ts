/** The line that the marked request left in the log: its EMF line, which is its log line, too. */
import * as z from 'zod/mini';
import { poll, readJson } from '../demo/http.ts';
import type { Folders } from '../machine/folders.ts';
import { readLines } from '../embedded/shipper/tail.ts';
import type { Marked } from './marked-request.ts';
import { PATIENCE_MS } from './patience.ts';
import { isReply, reach } from './reach.ts';
import type { System } from './system.ts';

/** The members that are read of it. */
const EmfLine = z.object({
  _aws: z.object({ Timestamp: z.number() }),
  event_id: z.string(),
  trace_id: z.string(),
  /** 01: the layer kept the trace, 00: it was sampled out. */
  trace_flags: z.enum(['00', '01']),
  function_name: z.literal('submit'),
  audit_head: z.optional(z.string()),
});
export type EmfLine = z.infer<typeof EmfLine>;

export interface Logged {
  readonly line: EmfLine;
  /** As the function wrote it. */
  readonly text: string;
  /** Where it stands in the spool, when it was found there: in whose folders, and the byte after its end. */
  readonly spooled?: { readonly folders: Folders; readonly end: number };
}

/**
 * Waits for the line: in the spools of LOCAL_DIR, or else in the embedded trace store, which has the lines of its
 * launcher.
 */
export function waitForLine(system: System, marked: Marked): Promise<Logged | undefined> {
  return poll(
    async () => findInSpools(system, marked) ?? (await findInStore(system, marked)),
    (line) => line !== undefined,
    PATIENCE_MS.line,
  );
}

export function findInSpools({ folders }: Pick<System, 'folders'>, marked: Marked): Logged | undefined {
  return folders
    .map((each, index) => findInSpool(each, marked.before.spoolSizes[index] ?? 0, marked.traceId))
    .find(Boolean);
}

/** @param from byte offset at which a line starts */
function findInSpool(folders: Folders, from: number, traceId: string): Logged | undefined {
  for (let next: number | undefined = from; next !== undefined;) {
    const lines = readLines(folders.spool, next);
    for (const { text, end } of lines) {
      const line = parse(text);
      if (line?.trace_id === traceId) return { line, text, spooled: { folders, end } };
    }
    next = lines.at(-1)?.end;
  }
  return undefined;
}

const Logs = z.object({ data: z.array(z.unknown()) });

async function findInStore({ traces }: System, { traceId }: Marked): Promise<Logged | undefined> {
  const reply = await reach(`${traces}/api/logs?traceID=${traceId}`, PATIENCE_MS.traces);
  const lines = isReply(reply) ? (readJson(Logs, reply)?.data ?? []) : [];
  return lines
    .map((each) => JSON.stringify(each))
    .flatMap((text) => {
      const line = parse(text);
      return line === undefined ? [] : [{ line, text }];
    })[0];
}

function parse(text: string): EmfLine | undefined {
  try {
    return EmfLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
