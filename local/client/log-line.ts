/** The line that a submit left in the log: its EMF line, which is its log line, too. */
import * as z from 'zod/mini';
import * as contract from '../../functions/contract/schemas/wide-line.ts';
import { readLines } from '../embedded/shipper/tail.ts';
import type { Folders } from '../machine/folders.ts';
import type { Followed, Place } from './follow.ts';
import { ask, parseJson, poll, readJson } from './http.ts';

const { _aws, failed_fields, failed_rules } = contract.SubmitLine.shape;

/** The members that are read of it. */
export const SubmitLine = z.extend(
  z.pick(contract.SubmitLine, {
    event_id: true,
    trace_id: true,
    trace_flags: true,
    level: true,
    http_status: true,
    request_id: true,
    database_operations: true,
    audit_head: true,
  }),
  {
    _aws: z.pick(_aws, { Timestamp: true }),
    function_name: z.literal('submit'),
    failed_fields: z._default(failed_fields, []),
    failed_rules: z._default(failed_rules, []),
  },
);
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
