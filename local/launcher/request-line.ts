import * as z from 'zod/mini';
import { ReadLine, SubmitLine } from '../../functions/contract/schemas/wide-line.ts';
import { traceUrl } from '../client/addresses.ts';
import { parseJson } from '../client/http.ts';
import { paint } from '../machine/terminal.ts';

/** The members of a wide line that a line on the terminal shows. */
const SHOWN = { route: true, http_status: true, trace_id: true, cold_start: true } as const;
const _aws = z.pick(SubmitLine.shape._aws, { Timestamp: true });
const Event = z.union([
  z.extend(z.pick(SubmitLine, { ...SHOWN, status: true, prior_auth_request_duration_seconds: true }), { _aws }),
  z.extend(z.pick(ReadLine, { ...SHOWN, duration_ms: true }), { _aws }),
]);

/**
 * One readable line of a wide event (method, route, status, duration, trace), or undefined for any other line.
 * @param console base URL of the trace's page, to print a link; undefined where there is none, to print the trace id
 */
export function toRequestLine(line: string, console: string | undefined): string | undefined {
  const event = parseJson(Event, line);
  if (event === undefined) return undefined;
  const time = new Date(event._aws.Timestamp).toTimeString().slice(0, 8);
  const trace = console === undefined ? `trace ${event.trace_id}` : traceUrl(console, event.trace_id);
  const [status, duration] =
    'status' in event ? [event.status, event.prior_auth_request_duration_seconds * 1000] : ['', event.duration_ms];
  return [
    paint('dim', time),
    event.route.padEnd(28),
    paint(colourOf(event.http_status), String(event.http_status)),
    status.padEnd(16),
    `${duration.toFixed(1)} ms`.padStart(10),
    paint('dim', `${trace}${event.cold_start ? ' (cold start)' : ''}`),
  ].join('  ');
}

function colourOf(status: number): 'green' | 'yellow' | 'red' {
  if (status < 400) return 'green';
  return status < 500 ? 'yellow' : 'red';
}
