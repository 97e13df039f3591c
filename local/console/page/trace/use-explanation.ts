import { useCallback, useState } from 'preact/hooks';
import * as z from 'zod/mini';
import { read } from '../read.ts';
import { usePolling } from '../use-polling.ts';
import { tagOf, toSpans, Traces, type Span } from './jaeger-trace.ts';

const INTERVAL_MS = 2000;

/** A structured log line, its members in the order in which they were written. */
const LogLine = z.record(z.string(), z.unknown());
export type LogLine = z.infer<typeof LogLine>;

/** What is known of a trace id. */
export interface Explanation {
  /** None: the trace is not stored, or not any more. */
  readonly spans: readonly Span[];
  readonly lines: readonly LogLine[];
}

/** What trace store and log know of a trace id, followed while it still grows; undefined until the first answer. */
export function useExplanation(traceID: string): {
  explanation: Explanation | undefined;
  failure: string | undefined;
} {
  const [explanation, setExplanation] = useState<Explanation>();
  const follow = useCallback(async () => {
    const [traces, lines] = await Promise.all([
      // As a search, a trace that is gone is an empty answer and not an error in the browser's own log.
      read(Traces, `/api/traces?traceID=${traceID}`),
      read(z.array(LogLine), `/api/logs?traceID=${traceID}`),
    ]);
    const spans = toSpans(traces);
    setExplanation((before) =>
      before?.spans.length === spans.length && before.lines.length === lines.length ? before : { spans, lines },
    );
  }, [traceID]);
  return { explanation, failure: usePolling(follow, INTERVAL_MS) };
}

/** The requests that a trace is about, by its spans and its log lines. */
export function requestIdsOf({ spans, lines }: Explanation): string[] {
  const ids = [
    ...lines.map((line) => textOf(line, 'request_id')),
    ...spans.map((span) => tagOf(span, 'prior_auth.request_id')),
  ];
  return [...new Set(ids)].filter((id) => typeof id === 'string');
}

/** A member of a log line, if it is a text. */
export function textOf(line: LogLine, member: string): string | undefined {
  const value = line[member];
  return typeof value === 'string' ? value : undefined;
}

const Refusal = z.object({ failed_fields: z.array(z.string()), failed_rules: z.array(z.string()) });

/** Why a request was refused, by its log line: a rule for each field at fault. */
export function failedRules(line: LogLine): { field: string; rule: string }[] {
  const refusal = Refusal.safeParse(line).data;
  return refusal?.failed_fields.map((field, index) => ({ field, rule: refusal.failed_rules[index] ?? '' })) ?? [];
}
