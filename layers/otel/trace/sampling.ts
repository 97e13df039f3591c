import { SpanStatusCode } from '@opentelemetry/api';
import type { RecordedSpan } from './span.ts';

/** What decides on a trace when its request is over. */
export interface Sampling {
  /** Whether this span alone is reason enough to keep its trace: it failed, or it is a root and was slow. */
  mustKeep(span: RecordedSpan): boolean;
  /** The share of all others, by trace id alone, so that every process decides alike. */
  isSampled(traceId: string): boolean;
}

/**
 * The last hex digits of a trace id are random, X-Ray's too (W3C Trace Context 2, "Random Trace ID Flag"): as many as a
 * number holds.
 */
const RANDOM_DIGITS = 13;

export function createSampling({ ratio, slowMs }: { ratio: number; slowMs: number }): Sampling {
  return {
    mustKeep: (span) => span.status === SpanStatusCode.ERROR || (isLocalRoot(span) && span.durationMs >= slowMs),
    isSampled: (traceId) => parseInt(traceId.slice(-RANDOM_DIGITS), 16) < ratio * 16 ** RANDOM_DIGITS,
  };
}

/** The span with which a request begins here: it has no parent, or its parent is the caller's. */
export function isLocalRoot({ parent }: RecordedSpan): boolean {
  return parent === undefined || parent.isRemote === true;
}
