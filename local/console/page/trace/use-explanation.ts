import type { MemberName } from '../../../../functions/contract/wide-line.ts';
import { tagOf } from '../../../client/jaeger-span.ts';
import { useCallback, useRef, useState } from 'preact/hooks';
import * as z from 'zod/mini';
import { read } from '../read.ts';
import { usePolling } from '../use-polling.ts';
import { toSpans, Traces, type Span } from './jaeger-trace.ts';

const INTERVAL_MS = 2000;
/** A trace that has not grown for a minute is whole. */
const TURNS_UNTIL_QUIET = 30;

/** A structured log line, its members in the order in which they were written. */
const LogLine = z.record(z.string(), z.unknown());
export type LogLine = z.infer<typeof LogLine>;

/** What is known of a trace id. */
export interface Explanation {
  /** None: the trace is not stored, or not any more. */
  readonly spans: readonly Span[];
  readonly lines: readonly LogLine[];
  /** The store had these spans, and has them no more. */
  readonly isForgotten: boolean;
}

/**
 * What trace store and log know of a trace id, followed while it still grows; undefined until the first answer. What
 * was read stays, though the store forgets it.
 */
export function useExplanation(traceID: string): {
  explanation: Explanation | undefined;
  failure: string | undefined;
} {
  const [explanation, setExplanation] = useState<Explanation>();
  const unchanged = useRef(0);
  const follow = useCallback(async () => {
    if (unchanged.current >= TURNS_UNTIL_QUIET) return;
    const [traces, lines] = await Promise.all([
      // As a search, a trace that is gone is an empty answer and not an error in the browser's own log.
      read(Traces, `/api/traces?traceID=${traceID}`),
      read(z.array(LogLine), `/api/logs?traceID=${traceID}`),
    ]);
    setExplanation((before) => {
      const now = merge(before, { spans: toSpans(traces), lines });
      unchanged.current = now === before ? unchanged.current + 1 : 0;
      return now;
    });
  }, [traceID]);
  return { explanation, failure: usePolling(follow, INTERVAL_MS) };
}

function merge(before: Explanation | undefined, { spans, lines }: Omit<Explanation, 'isForgotten'>): Explanation {
  if (before === undefined) return { spans, lines, isForgotten: false };
  const isForgotten = spans.length < before.spans.length;
  const [hasGrown, isLogged] = [spans.length > before.spans.length, lines.length > before.lines.length];
  if (!hasGrown && !isLogged && isForgotten === before.isForgotten) return before;
  return { spans: hasGrown ? spans : before.spans, lines: isLogged ? lines : before.lines, isForgotten };
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

const texts = z.array(z.string());
const Refusal = z.object({ failed_fields: texts, failed_rules: texts } satisfies { [Name in MemberName]?: unknown });

/** Why a request was refused, by its log line: a rule for each field at fault. */
export function failedRules(line: LogLine): { field: string; rule: string }[] {
  const refusal = Refusal.safeParse(line).data;
  return refusal?.failed_fields.map((field, index) => ({ field, rule: refusal.failed_rules[index] ?? '' })) ?? [];
}
