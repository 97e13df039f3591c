import { traceUrl } from '../../client/addresses.ts';
import type { Followed } from '../../client/follow.ts';
import { isReply, readJson, type Reply, type Unreachable } from '../../client/http.ts';
import { readSpans, SUBMIT_ROOT, SUBMIT_SPAN, SUBMIT_STEPS, waitForTrace } from '../../client/trace.ts';
import { explainNoAnswer } from '../no-answer.ts';
import * as z from 'zod/mini';
import { formatDuration } from '../../embedded/traces/duration.ts';
import { commandOf, logsOf, restart } from '../advice.ts';
import { absent, broken, noted, passed, type Broken, type Finding } from '../hop.ts';
import { PATIENCE_MS } from '../patience.ts';
import type { System } from '../system.ts';
import { explainMissingSpans, type Exported } from './otlp.ts';

const SPANS = [SUBMIT_ROOT, SUBMIT_SPAN, ...SUBMIT_STEPS];

/** Also without the trace an answer of Jaeger's has this envelope. */
const Envelope = z.object({ errors: z.nullish(z.array(z.unknown())), data: z.unknown() });

export async function checkTrace(system: System, marked: Followed, exported: Exported): Promise<Finding<undefined>> {
  const isWhole = (spans: readonly unknown[]) => spans.length >= SPANS.length;
  const limits = { patienceMs: PATIENCE_MS.spans, limitMs: PATIENCE_MS.traces };
  const reply = await waitForTrace(system, marked.traceId, isWhole, limits);
  return judgeTrace(reply, exported, marked, system);
}

export function judgeTrace(
  reply: Reply | Unreachable,
  exported: Exported,
  marked: Followed,
  system: System,
): Finding<undefined> {
  if (!isReply(reply)) return explainNoTraceApi(reply, system);
  const spans = readSpans(reply);
  if (spans.length === 0) return explainMissingTrace(reply, exported, marked, system);
  const missing = SPANS.filter((name) => !spans.some(({ operationName }) => operationName === name));
  if (missing.length > 0) {
    return broken(
      `${spans.length} spans; missing: ${missing.join(', ')}`,
      'A part of the trace was lost on its way: a collector drops or filters spans, or has not yet handed on the rest.',
      'Run the doctor again; if it stays so, the collector’s log and its configuration say what it drops.',
    );
  }
  const root = spans.find(({ operationName }) => operationName === SUBMIT_ROOT);
  const [start, duration] = [root?.startTime ?? 0, root?.duration ?? 0];
  return passed(
    `${spans.length} spans, ${formatDuration(duration)}: ${traceUrl(system.traces, marked.traceId)}`,
    undefined,
    noted((start + duration) / 1000, marked.sentAt),
  );
}

function explainNoTraceApi(unreachable: Unreachable, system: System): Finding<undefined> {
  const { traces, otlp, otlpSetting, mode } = system;
  if (otlpSetting === 'OTEL_EXPORTER_OTLP_ENDPOINT' && unreachable.failure === 'refused') {
    return absent(`traces go to ${otlp}, and no Jaeger answers at TRACES_PORT`);
  }
  const start =
    mode === 'stack' ? restart('jaeger') : 'Give the doctor the TRACES_PORT that the launcher was started with.';
  return explainNoAnswer({ url: traces, what: 'the trace API', setting: 'TRACES_PORT', start }, unreachable);
}

function explainMissingTrace(reply: Reply, exported: Exported, marked: Followed, system: System): Broken {
  const { traces, mode } = system;
  if (readJson(Envelope, reply) === undefined) {
    return broken(
      `GET /api/traces/{id} answers ${reply.status}`,
      `What listens at ${traces} (TRACES_PORT) does not have Jaeger’s API.`,
      'Set TRACES_PORT to where Jaeger or the console is.',
    );
  }
  if (exported.outage !== undefined) return explainMissingSpans(exported.outage, marked, system);
  const observed = `no trace ${marked.traceId}`;
  if (exported.receivedSpans !== undefined) return explainMissingSpans(undefined, marked, system);
  return mode === 'stack'
    ? broken(
        observed,
        'The collector takes exports, and Jaeger has not got this trace: the collector does not reach it, or drops it.',
        `${logsOf('collector')} says which; npm run stack starts what is down.`,
      )
    : broken(
        observed,
        `The Jaeger at ${traces} (TRACES_PORT) is not the one that the collector at ${system.otlp} hands its traces to.`,
        `Set TRACES_PORT, and start ${commandOf(system)} again if the endpoint is the wrong one.`,
      );
}
