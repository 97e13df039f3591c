/** The line that a submit left in the log: its EMF line, which is its log line, too. */
import * as z from 'zod/mini';
import { readLines } from '../embedded/shipper/tail.ts';
import type { Folders } from '../machine/folders.ts';
import type { Followed, Place } from './follow.ts';
import { ask, parseJson, poll, readJson } from './http.ts';

/** The members that are read of it. */
export const SubmitLine = z.object({
  _aws: z.object({ Timestamp: z.number() }),
  function_name: z.literal('submit'),
  event_id: z.string(),
  trace_id: z.string(),
  /** 01: the layer kept the trace, 00: it was sampled out. */
  trace_flags: z.enum(['00', '01']),
  level: z.string(),
  http_status: z.number(),
  /** Only where something was stored. */
  request_id: z.optional(z.string()),
  database_operations: z.optional(z.record(z.string(), z.number())),
  audit_head: z.optional(z.string()),
  /** Only of a refused request; the second says of each field of the first which rule it breaks. */
  failed_fields: z._default(z.array(z.string()), []),
  failed_rules: z._default(z.array(z.string()), []),
});
export type SubmitLine = z.infer<typeof SubmitLine>;

export interface Logged {
  readonly line: SubmitLine;
  /** As the function wrote it. */
  readonly text: string;
  /** Where it stands in the spool, when it was found there: in whose folders, and the byte after its end. */
  readonly spooled?: { readonly folders: Folders; readonly end: number };
}

/**
 * Waits for the line: in the spools of the place, or else in the embedded trace store, which has the lines of its
 * launcher.
 */
export function waitForLine(
  place: Place,
  followed: Followed,
  { line, traces }: { readonly line: number; readonly traces: number },
): Promise<Logged | undefined> {
  return poll(
    async () => findInSpools(place, followed) ?? (await findInStore(place, followed, traces)),
    (logged) => logged !== undefined,
    line,
  );
}

export function findInSpools({ folders }: Pick<Place, 'folders'>, { before, traceId }: Followed): Logged | undefined {
  return folders.map((each, index) => findInSpool(each, before.spoolSizes[index] ?? 0, traceId)).find(Boolean);
}

/** @param from byte offset at which a line starts */
function findInSpool(folders: Folders, from: number, traceId: string): Logged | undefined {
  for (let next: number | undefined = from; next !== undefined;) {
    const lines = readLines(folders.spool, next);
    for (const { text, end } of lines) {
      const line = parseJson(SubmitLine, text);
      if (line?.trace_id === traceId) return { line, text, spooled: { folders, end } };
    }
    next = lines.at(-1)?.end;
  }
  return undefined;
}

const Logs = z.object({ data: z.array(z.unknown()) });

async function findInStore({ traces }: Place, { traceId }: Followed, limitMs: number): Promise<Logged | undefined> {
  const found = readJson(Logs, await ask(`${traces}/api/logs?traceID=${traceId}`, limitMs))?.data ?? [];
  for (const each of found) {
    const line = SubmitLine.safeParse(each).data;
    if (line !== undefined) return { line, text: JSON.stringify(each) };
  }
  return undefined;
}
