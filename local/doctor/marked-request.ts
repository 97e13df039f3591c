import { randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { readJson, type Reply } from '../demo/http.ts';
import { sizeOf } from '../embedded/shipper/tail.ts';
import { readMetrics, type Reading } from './metrics-reading.ts';
import { PATIENCE_MS } from './patience.ts';
import { isReply, reach, type Unreachable } from './reach.ts';
import type { System } from './system.ts';

/** How things stood before the sending. */
export interface Baseline {
  readonly metrics: Reading;
  /** Of the embedded trace store; undefined where there is none. */
  readonly receivedSpans: number | undefined;
  /** Bytes, for each of the system's folders. */
  readonly spoolSizes: readonly number[];
}

/** The request that is followed. */
export interface Marked {
  readonly traceId: string;
  readonly requestId: string;
  /** Unix time in milliseconds. */
  readonly sentAt: number;
  readonly before: Baseline;
}

export interface Sending {
  readonly traceId: string;
  readonly sentAt: number;
  readonly before: Baseline;
  readonly reply: Reply | Unreachable;
}

/**
 * A visit to nobody's doctor: the demonstration's positive case, with the check digit that its NPI lacks, so that no
 * rule refuses it.
 */
const BODY = {
  member_id: 'M12345',
  provider_npi: '1234567893',
  diagnosis_code: 'Z00.00',
  requested_service: 'ROUTINE_CHECKUP',
};

const EmbeddedStatus = z.object({ data: z.object({ traces: z.object({ receivedSpans: z.number() }) }) });

/** Sends the marked request, once. */
export async function send(system: System): Promise<Sending> {
  const before = await readBaseline(system);
  const traceId = randomBytes(16).toString('hex');
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': `doctor-${randomUUID()}`,
    traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
  };
  const sentAt = Date.now();
  const init = { method: 'POST', headers, body: JSON.stringify(BODY) };
  const reply = await reach(`${system.api}/prior-auth/submit`, PATIENCE_MS.submit, init);
  return { traceId, sentAt, before, reply };
}

async function readBaseline(system: System): Promise<Baseline> {
  const [metrics, receivedSpans] = await Promise.all([readMetrics(system.api), readReceivedSpans(system)]);
  return { metrics, receivedSpans, spoolSizes: system.folders.map(({ spool }) => sizeOf(spool)) };
}

/** How many spans the embedded trace store has taken in; undefined where another backend or nothing answers. */
export async function readReceivedSpans({ traces }: Pick<System, 'traces'>): Promise<number | undefined> {
  const reply = await reach(`${traces}/api/status`, PATIENCE_MS.traces);
  return isReply(reply) ? readJson(EmbeddedStatus, reply)?.data.traces.receivedSpans : undefined;
}
