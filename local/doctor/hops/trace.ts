import * as z from 'zod/mini';
import { traceUrl } from '../../client/addresses.ts';
import { poll, readJson, type Reply } from '../../client/http.ts';
import { JaegerSpan } from '../../client/trace.ts';
import { formatDuration } from '../../embedded/traces/duration.ts';
import { commandOf, logsOf, restart } from '../advice.ts';
import { absent, broken, noted, passed, type Broken, type Verdict } from '../hop.ts';
import type { Marked } from '../../client/follow.ts';
import { PATIENCE_MS } from '../patience.ts';
import { isReply, noAnswer, reach, type Unreachable } from '../no-answer.ts';
import type { System } from '../system.ts';
import { notArriving, type Exported } from './otlp.ts';

const ROOT = 'POST /prior-auth/submit';
const SPANS = [ROOT, 'submit_prior_auth', 'generate_request_id', 'validate_npi', 'database_insert'];

const Found = z.object({ data: z.array(z.object({ spans: z.array(JaegerSpan) })) });
/** Also without the trace an answer of Jaeger's has this envelope. */
const Envelope = z.object({ errors: z.nullish(z.array(z.unknown())), data: z.unknown() });

export async function checkTrace(system: System, marked: Marked, exported: Exported): Promise<Verdict<undefined>> {
  const reply = await poll(
    () => reach(`${system.traces}/api/traces/${marked.traceId}`, PATIENCE_MS.traces),
    (answer) => isReply(answer) && spansOf(answer).length >= SPANS.length,
    PATIENCE_MS.spans,
  );
  return judgeTrace(reply, exported, marked, system);
}

function spansOf(reply: Reply): JaegerSpan[] {
  return readJson(Found, reply)?.data.flatMap(({ spans }) => spans) ?? [];
}

export function judgeTrace(
  reply: Reply | Unreachable,
  exported: Exported,
  marked: Marked,
  system: System,
): Verdict<undefined> {
  if (!isReply(reply)) return nobody(reply, system);
  const spans = spansOf(reply);
  if (spans.length === 0) return notThere(reply, exported, marked, system);
  const missing = SPANS.filter((name) => !spans.some(({ operationName }) => operationName === name));
  if (missing.length > 0) {
    return broken(
      `${spans.length} spans; missing: ${missing.join(', ')}`,
      'A part of the trace was lost on its way: a collector drops or filters spans, or has not yet handed on the rest.',
      'Run the doctor again; if it stays so, the collector’s log and its configuration say what it drops.',
    );
  }
  const root = spans.find(({ operationName }) => operationName === ROOT);
  const [start, duration] = [root?.startTime ?? 0, root?.duration ?? 0];
  return passed(
    `${spans.length} spans, ${formatDuration(duration)}: ${traceUrl(system.traces, marked.traceId)}`,
    undefined,
    noted((start + duration) / 1000, marked.sentAt),
  );
}

function nobody(unreachable: Unreachable, system: System): Verdict<undefined> {
  const { traces, otlp, otlpSetting, mode } = system;
  if (otlpSetting === 'OTEL_EXPORTER_OTLP_ENDPOINT' && unreachable.failure === 'refused') {
    return absent(`traces go to ${otlp}, and no Jaeger answers at TRACES_PORT`);
  }
  const start =
    mode === 'stack' ? restart('jaeger') : 'Give the doctor the TRACES_PORT that the launcher was started with.';
  return noAnswer({ url: traces, what: 'the trace API', setting: 'TRACES_PORT', start }, unreachable);
}

function notThere(reply: Reply, exported: Exported, marked: Marked, system: System): Broken {
  const { traces, mode } = system;
  if (readJson(Envelope, reply) === undefined) {
    return broken(
      `GET /api/traces/{id} answers ${reply.status}`,
      `What listens at ${traces} (TRACES_PORT) does not have Jaeger’s API.`,
      'Set TRACES_PORT to where Jaeger or the console is.',
    );
  }
  if (exported.outage !== undefined) return notArriving(exported.outage, marked, system);
  const observed = `no trace ${marked.traceId}`;
  if (exported.receivedSpans !== undefined) return notArriving(undefined, marked, system);
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
