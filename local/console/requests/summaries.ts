import type { StoredTrace } from '../../embedded/traces/store.ts';
import type { RequestSummary } from '../contract.ts';
import { summarize } from './summary.ts';

/** `summarize`, computed once for each change of a trace: a poll costs what is new. */
export function createSummaries(): (trace: StoredTrace) => RequestSummary | undefined {
  const known = new WeakMap<StoredTrace, { spans: number; summary: RequestSummary | undefined }>();
  return (trace) => {
    const last = known.get(trace);
    if (last?.spans === trace.spans.length) return last.summary;
    const summary = summarize(trace);
    known.set(trace, { spans: trace.spans.length, summary });
    return summary;
  };
}
