import { useEffect, useState } from 'preact/hooks';
import type { DetailName } from '../../../../functions/contract/trail.ts';
import { formatDuration } from '../../../embedded/traces/duration.ts';
import type { AuditEvent } from '../../../client/audit-event.ts';
import { AuditTrail as Trail } from '../../contract.ts';
import { messageOf, NotFound, read } from '../read.ts';
import { Link } from '../location.tsx';
import { failedRules, requestIdsOf, textOf, type Explanation } from './use-explanation.ts';

/** Why: the audit trail of each request that a trace is about. */
export function AuditTrails({ explanation, traceID }: { explanation: Explanation; traceID: string }) {
  const ids = requestIdsOf(explanation);
  return (
    <section aria-label="Audit trail">
      <h2>Why: the audit trail</h2>
      {ids.map((id) => (
        <AuditTrail key={id} requestID={id} traceID={traceID} head={headOf(explanation, id)} />
      ))}
      {ids.length === 0 ? <NothingStored explanation={explanation} /> : null}
    </section>
  );
}

/** The hash of the trail's last row, as it left the database in the log. */
function headOf({ lines }: Explanation, id: string): string | undefined {
  return lines
    .filter((line) => textOf(line, 'request_id') === id)
    .map((line) => textOf(line, 'audit_head'))
    .find(Boolean);
}

function NothingStored({ explanation: { spans, lines } }: { explanation: Explanation }) {
  const rules = lines.flatMap(failedRules);
  if (rules.length > 0) return <Refusal rules={rules} />;
  if (lines.length > 0) return <p>Nothing was stored, so there is no trail. The log line says what was decided.</p>;
  return (
    <p>{spans.length > 0 ? 'No request was stored in this trace.' : 'The log knows nothing of this trace either.'}</p>
  );
}

/** The fields at fault and the rules that they broke; their values are nowhere but with the caller. */
function Refusal({ rules }: { rules: readonly { field: string; rule: string }[] }) {
  return (
    <>
      <p>Refused, and nothing was stored. What was wrong:</p>
      <dl class="tags">
        {rules.map(({ field, rule }) => (
          <div key={field + rule}>
            <dt>{field}</dt>
            <dd>{rule}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

const ASK_AGAIN_MS = 3000;
const GONE = 'The database has no such request.';

type Reading = { trail: readonly AuditEvent[] } | { trouble: string };

function AuditTrail({ requestID, traceID, head }: { requestID: string; traceID: string; head: string | undefined }) {
  const reading = useTrail(requestID);
  return (
    <div class="trail">
      <h3>{requestID}</h3>
      {reading === undefined ? <p>Reading …</p> : null}
      {reading !== undefined && 'trouble' in reading ? <p class="failure">{reading.trouble}</p> : null}
      {reading !== undefined && 'trail' in reading ? (
        <Events trail={reading.trail} traceID={traceID} head={head} />
      ) : null}
    </div>
  );
}

/** Asked again while it cannot be read. */
function useTrail(requestID: string): Reading | undefined {
  const [reading, setReading] = useState<Reading>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const ask = async () => {
      const outcome = await read(Trail, `/api/requests/${requestID}/audit`).then(
        (trail) => ({ trail }),
        (error: unknown) => ({ trouble: error instanceof NotFound ? GONE : messageOf(error) }),
      );
      if (isOver) return;
      setReading(outcome);
      if ('trouble' in outcome && outcome.trouble !== GONE) timer = setTimeout(() => void ask(), ASK_AGAIN_MS);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [requestID]);
  return reading;
}

function Events({ trail, traceID, head }: { trail: readonly AuditEvent[]; traceID: string; head: string | undefined }) {
  const start = Date.parse(trail[0]?.at ?? '');
  return (
    <>
      <ol>
        {trail.map((event) => (
          <li key={event.hash}>
            <span class="at">+{formatDuration((Date.parse(event.at) - start) * 1000)}</span>
            <b>{event.event}</b> <span class="by">by {event.actor}</span>
            <ul class="facts">
              <Details details={event.details} />
              {event.trace_id === traceID ? null : (
                <li>
                  in trace <Link href={`/trace/${event.trace_id}`}>{event.trace_id.slice(0, 7)}</Link>
                </li>
              )}
            </ul>
          </li>
        ))}
      </ol>
      <Witness last={trail.at(-1)?.hash} head={head} />
    </>
  );
}

/** What each detail of an event tells, said where the pointer rests. */
const DETAILS: Readonly<Record<DetailName, string>> = {
  idempotency_key: 'Whether the caller sent an Idempotency-Key',
  check_digit: 'Of the provider’s NPI',
  status: 'That the event gave to the request',
};

function Details({ details }: Pick<AuditEvent, 'details'>) {
  return Object.entries(DETAILS)
    .filter(([name]) => name in details)
    .map(([name, meaning]) => (
      <li key={name} title={meaning}>
        {name}: {String(details[name])}
      </li>
    ));
}

/** The chain's last hash is also in the log, which the database cannot rewrite. */
function Witness({ last, head }: { last: string | undefined; head: string | undefined }) {
  if (head === undefined) return <p class="witness">No log line here bears witness to this trail.</p>;
  return last === head ? (
    <p class="witness good">✓ The trail ends with the hash that the log has.</p>
  ) : (
    <p class="witness bad">✗ The trail does not end with the hash that the log has: run npm run verify.</p>
  );
}
