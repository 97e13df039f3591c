import type { Followed } from '../../client/follow.ts';
import { ask, isReply, poll, type Reply, type Unreachable } from '../../client/http.ts';
import type { SubmitLine } from '../../client/log-line.ts';
import { askForStatus, readReceivedSpans } from '../../client/trace.ts';
import { explainNoAnswer } from '../no-answer.ts';
import { commandOf, restart } from '../advice.ts';
import { readDiagnostics } from '../api-errors.ts';
import { broken, passed, seen, type Broken, type Finding } from '../hop.ts';
import { findOutage, tellOutage, type Outage } from '../outage.ts';
import { PATIENCE_MS } from '../patience.ts';
import type { System } from '../system.ts';

export interface Exported {
  /** What the receiver answers to an export of nothing. */
  readonly probe: Reply | Unreachable;
  /** Of the embedded trace store, after the request; undefined where there is none. */
  readonly receivedSpans: number | undefined;
  readonly outage: Outage | undefined;
}

/** @param line of the request, where it was found: it says whether the trace was kept */
export async function checkOtlp(
  system: System,
  marked: Followed,
  line: SubmitLine | undefined,
): Promise<Finding<Exported>> {
  const wasReceived = (spans: number | undefined) => spans === undefined || spans > (marked.before.receivedSpans ?? 0);
  const receivedSpans = await poll(
    async () => readReceivedSpans(await askForStatus(system.traces, PATIENCE_MS.traces)),
    wasReceived,
    PATIENCE_MS.otlp,
  );
  const outage = findOutage(readDiagnostics(system.folders[0]?.apiErrors));
  return judgeOtlp({ probe: await exportNothing(system), receivedSpans, outage }, marked, line, system);
}

/** An export request without spans is a valid one. */
function exportNothing({ otlp, settings }: System): Promise<Reply | Unreachable> {
  const headers = { ...parseHeaders(settings.OTEL_EXPORTER_OTLP_HEADERS), 'content-type': 'application/json' };
  return ask(`${otlp}/v1/traces`, PATIENCE_MS.otlp, { method: 'POST', headers, body: '{"resourceSpans":[]}' });
}

/** `name=value,…`, percent-encoded, as the layer reads it; a pair that is none is left out. */
export function parseHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const [, name, value] = /^\s*([\w.-]+)\s*=((?:[^%]|%[0-9a-f]{2})*)$/i.exec(pair) ?? [];
    if (name !== undefined) headers[name] = decodeURIComponent(value?.trim() ?? '');
  }
  return headers;
}

export function judgeOtlp(
  exported: Exported,
  marked: Followed,
  line: SubmitLine | undefined,
  system: System,
): Finding<Exported> {
  if (line?.trace_flags === '00') return explainSampledOut(system);
  const { probe, receivedSpans, outage } = exported;
  if (!isReply(probe)) return explainNoReceiver(probe, system);
  if (probe.status !== 200) return explainRefusal(probe.status, system);
  const { receivedSpans: was } = marked.before;
  const isStill = was !== undefined && receivedSpans !== undefined && receivedSpans <= was;
  // Where spans are not counted, the functions’ own log is the only witness.
  const isResting = receivedSpans === undefined && outage !== undefined && outage.restsUntil > marked.sentAt;
  if (isStill || isResting) return explainMissingSpans(outage, marked, system);
  return receivedSpans === undefined || was === undefined
    ? passed(`${system.otlp} accepts exports`, exported)
    : passed(`${system.otlp} has taken ${receivedSpans - was} spans since`, exported, seen(marked.sentAt));
}

function explainSampledOut({ settings, mode }: System): Broken {
  const { OTEL_TRACES_SAMPLER_ARG: share } = settings;
  const known = share < 1 ? `=${share}` : ' of the launcher';
  return broken(
    'the log line says trace_flags 00: the trace was sampled out',
    `Of the traces that are neither slow nor failed only a share is kept: OTEL_TRACES_SAMPLER_ARG${known}.`,
    `OTEL_TRACES_SAMPLER_ARG=1 ${commandOf({ mode })} keeps all.`,
  );
}

const BASE_URL = 'a base URL such as http://localhost:4318, without /v1/traces';

function explainNoReceiver(probe: Unreachable, { otlp, otlpSetting, mode }: System): Broken {
  const isOwn = otlpSetting === 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const start = isOwn
    ? `Start the collector, or set OTEL_EXPORTER_OTLP_ENDPOINT to where it is (${BASE_URL}), and start ${commandOf({ mode })} again.`
    : mode === 'stack'
      ? restart('collector')
      : 'Give the doctor the OTLP_PORT or OTEL_EXPORTER_OTLP_ENDPOINT that the launcher was started with.';
  return explainNoAnswer({ url: otlp, what: 'the OTLP receiver', setting: otlpSetting, start }, probe);
}

function explainRefusal(status: number, { otlp, otlpSetting, mode }: System): Broken {
  const observed = `POST ${otlp}/v1/traces answers ${status}`;
  if (status === 401 || status === 403) {
    return broken(observed, 'The collector wants other credentials.', 'Correct OTEL_EXPORTER_OTLP_HEADERS.');
  }
  if (status === 429 || status >= 500) {
    return broken(
      observed,
      'The collector refuses exports for now; the functions drop what it refuses.',
      'Its log says why.',
    );
  }
  return broken(
    observed,
    'What listens there does not take OTLP over HTTP: a wrong port (4317 is gRPC, 16686 Jaeger’s page), or a path too many.',
    `${otlpSetting} must be ${otlpSetting === 'OTLP_PORT' ? 'the port of the OTLP receiver' : BASE_URL}; then start ${commandOf({ mode })} again.`,
  );
}

/** The receiver is well, and the functions' spans do not come to it. */
export function explainMissingSpans(outage: Outage | undefined, { sentAt }: Followed, { otlp, mode }: System): Broken {
  if (outage === undefined) {
    return broken(
      'the trace was kept, and its spans have not arrived',
      `The functions send their spans elsewhere than to ${otlp}: they were started with another endpoint.`,
      'Give the doctor the settings that the launcher was started with.',
    );
  }
  const isResting = outage.restsUntil > sentAt;
  return broken(
    'the trace was kept, and its spans have not arrived',
    tellOutage(outage, sentAt),
    isResting
      ? 'The receiver answers now: run the doctor again when the rest is over.'
      : `The functions were started with an endpoint that fails: start ${commandOf({ mode })} again with the right one.`,
  );
}
