import * as z from 'zod/mini';
import { traceUrl } from '../client/addresses.ts';
import { parseJson } from '../client/http.ts';
import { paint } from '../machine/terminal.ts';

/** The members of a wide event that a line on the terminal shows. */
const Event = z.object({
  _aws: z.object({ Timestamp: z.number() }),
  route: z.string(),
  http_status: z.number(),
  trace_id: z.string(),
  status: z.optional(z.string()),
  duration_ms: z.optional(z.number()),
  prior_auth_request_duration_seconds: z.optional(z.number()),
  cold_start: z.optional(z.boolean()),
});

/**
 * One readable line of a wide event (method, route, status, duration, trace), or undefined for any other line.
 * @param console base URL of the trace's page, to print a link; undefined where there is none, to print the trace id
 */
export function toRequestLine(line: string, console: string | undefined): string | undefined {
  const event = parseJson(Event, line);
  if (event === undefined) return undefined;
  const time = new Date(event._aws.Timestamp).toTimeString().slice(0, 8);
  const trace = console === undefined ? `trace ${event.trace_id}` : traceUrl(console, event.trace_id);
  const duration = event.duration_ms ?? (event.prior_auth_request_duration_seconds ?? 0) * 1000;
  return [
    paint('dim', time),
    event.route.padEnd(28),
    paint(colourOf(event.http_status), String(event.http_status)),
    (event.status ?? '').padEnd(16),
    `${duration.toFixed(1)} ms`.padStart(10),
    paint('dim', `${trace}${event.cold_start ? ' (cold start)' : ''}`),
  ].join('  ');
}

function colourOf(status: number): 'green' | 'yellow' | 'red' {
  if (status < 400) return 'green';
  return status < 500 ? 'yellow' : 'red';
}
