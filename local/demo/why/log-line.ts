import * as z from 'zod/mini';
import { ask, poll, readJson, type Reply } from '../http.ts';
import type { System } from '../system.ts';

const LOGGED_TIMEOUT_MS = 10_000;

/**
 * The members of a log line that say why a request was refused, and the two that it has only when something was stored.
 */
const LogLine = z.object({
  level: z.string(),
  http_status: z.number(),
  failed_fields: z.array(z.string()),
  failed_rules: z.array(z.string()),
  request_id: z.optional(z.string()),
  database_operations: z.optional(z.record(z.string(), z.number())),
});
export type LogLine = z.infer<typeof LogLine>;

const Logs = z.object({ data: z.array(z.unknown()) });

/** The embedded trace store answers its status in this shape and keeps log lines; a Jaeger does neither. */
const EmbeddedStatus = z.object({ data: z.object({ logs: z.object({ lines: z.number() }) }) });

/**
 * The line that a refused request left in the log, waited for.
 * @returns undefined when there is none, `not served` when the trace backend is a Jaeger
 */
export async function readLogLine({ traces }: System, traceId: string): Promise<LogLine | undefined | 'not served'> {
  if (readJson(EmbeddedStatus, await ask(`${traces}/api/status`)) === undefined) return 'not served';
  return poll(
    async () => findLogLine(await ask(`${traces}/api/logs?traceID=${traceId}`)),
    (line) => line !== undefined,
    LOGGED_TIMEOUT_MS,
  );
}

export function findLogLine(reply: Pick<Reply, 'text'>): LogLine | undefined {
  const lines = readJson(Logs, reply)?.data ?? [];
  return lines.map((line) => LogLine.safeParse(line).data).find((line) => line !== undefined);
}
