import * as z from 'zod/mini';
import { parseJson } from '../client/http.ts';
import { readLines, sizeOf } from '../embedded/shipper/tail.ts';

const TAIL_BYTES = 64 * 1024;

/** Of a diagnostic line of the functions or their layer, the members that name a cause. None is from a request. */
const Diagnostic = z.object({
  level: z.enum(['WARN', 'ERROR']),
  message: z.string(),
  timestamp: z.iso.datetime(),
  route: z.optional(z.string()),
  error_type: z.optional(z.string()),
  settings: z.optional(z.string()),
  faults: z.optional(z.string()),
  reason: z.optional(z.string()),
  rest_ms: z.optional(z.number()),
});
export type Diagnostic = z.infer<typeof Diagnostic>;

/** The newest diagnostics in a launcher's `api-errors.log`, oldest first; what else is written there is left out. */
export function readDiagnostics(file: string | undefined): Diagnostic[] {
  if (file === undefined) return [];
  const lines = readLines(file, Math.max(0, sizeOf(file) - TAIL_BYTES), TAIL_BYTES);
  return lines.map(({ text }) => parseJson(Diagnostic, text)).filter((diagnostic) => diagnostic !== undefined);
}

/** One diagnostic as a sentence. */
export function tell({ message, settings, faults, error_type, reason }: Diagnostic): string {
  const why = settings ?? faults ?? error_type ?? reason;
  return `${message}${why === undefined ? '' : `: ${why}`}.`;
}
