import { ROOT_CONTEXT, SpanStatusCode } from '@opentelemetry/api';
import { hrTimeDuration, hrTimeToMilliseconds } from '@opentelemetry/core';
import { SamplingDecision, TraceIdRatioBasedSampler, type ReadableSpan } from '@opentelemetry/sdk-trace';

/** What decides on a trace when its request is over. */
export interface Sampling {
  /** Whether this span alone is reason enough to keep its trace: it failed, or it is a root and was slow. */
  demands(span: ReadableSpan): boolean;
  /** The share of all others, by trace id alone, so that every process decides alike. */
  picks(traceId: string): boolean;
}

export function createSampling({ ratio, slowMs }: { ratio: number; slowMs: number }): Sampling {
  const sampler = new TraceIdRatioBasedSampler(ratio);
  return {
    demands: (span) => span.status.code === SpanStatusCode.ERROR || (isLocalRoot(span) && durationMs(span) >= slowMs),
    picks: (traceId) => sampler.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED,
  };
}

/** The span with which a request begins here: it has no parent, or its parent is the caller's. */
export function isLocalRoot({ parentSpanContext }: ReadableSpan): boolean {
  return parentSpanContext === undefined || parentSpanContext.isRemote === true;
}

function durationMs({ startTime, endTime }: ReadableSpan): number {
  return hrTimeToMilliseconds(hrTimeDuration(startTime, endTime));
}
