import { ACCEPTED_TRAIL, namesOf } from '../../client/trail.ts';
import { broken, noted, passed, type Finding } from '../hop.ts';
import type { Row } from './row.ts';

/** Of a hash, enough to recognise it. */
const SHOWN_DIGITS = 12;

/**
 * Whether the trail tells the whole story of this request, in the trace that the doctor began. Found: the hash at its
 * end.
 */
export function judgeAudit({ marked, audit }: Row): Finding<string> {
  const events = namesOf(audit);
  const last = audit.at(-1);
  if (last === undefined || events !== ACCEPTED_TRAIL) {
    return broken(
      `events: ${events || 'none'}`,
      `The trail should be ${ACCEPTED_TRAIL}: rows are missing, or were added by hand.`,
      'npm run verify names every row that is not what was written.',
    );
  }
  const stray = audit.find(({ trace_id }) => trace_id !== marked.traceId);
  if (stray !== undefined) {
    return broken(
      `${stray.event} is of trace ${stray.trace_id}`,
      'The functions did not continue the traceparent of the request: the OpenTelemetry layer is not loaded.',
      'npm run build makes dist/layers/otel; then start the system again.',
    );
  }
  const observed = `${audit.length} events of this trace, hash head ${last.hash.slice(0, SHOWN_DIGITS)}…`;
  return passed(observed, last.hash, noted(Date.parse(last.at), marked.sentAt));
}
