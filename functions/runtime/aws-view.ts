/**
 * X-Ray's view of a request, by Powertools Tracer: one subsegment with ids and outcome, next to the detailed trace in
 * OpenTelemetry. Off unless the deployment asks for it: the X-Ray SDK costs 29 ms at cold start, so it is a file of its own that
 * is loaded only then.
 */
import type { Annotations } from './powertools-tracer.ts';

/** Opens a subsegment; calling what it returns closes it. */
export type OpenSubsegment = (name: string) => Promise<(annotations: Annotations) => void>;

/** @param enabled POWERTOOLS_TRACE_ENABLED */
export function awsView(enabled: boolean): OpenSubsegment | undefined {
  if (!enabled) return undefined;
  const loaded = import('./powertools-tracer.ts').then(({ createSubsegments }) => createSubsegments());
  return async (name) => (await loaded)(name);
}
