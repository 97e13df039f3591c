/**
 * X-Ray's view of a request, by Powertools Tracer: one subsegment with ids and outcome, next to the detailed trace in
 * OpenTelemetry. Off unless the deployment asks for it: the X-Ray SDK costs 29 ms at cold start, so it is a file of its
 * own that is loaded only then.
 */
import { createLog, type Log } from './log.ts';
import type { Annotations } from './powertools-tracer.ts';
import { createQuietly } from './quietly.ts';

/** Opens a subsegment; calling what it returns closes it. */
export type OpenSubsegment = (name: string) => Promise<(annotations: Annotations) => void>;

type Load = () => Promise<{ createSubsegments: () => (name: string) => (annotations: Annotations) => void }>;

/**
 * @param enabled POWERTOOLS_TRACE_ENABLED
 * @param parts.load the tracer's file; where it or the tracer fails there is no view, which is said once, and requests
 * go on
 */
export function awsView(enabled: boolean, parts: { load?: Load; log?: Log } = {}): OpenSubsegment | undefined {
  if (!enabled) return undefined;
  const { load = () => import('./powertools-tracer.ts'), log = createLog() } = parts;
  const quietly = createQuietly(log, 'The Powertools tracer does not work: X-Ray does not see these requests');
  const loaded = quietly(async () => (await load()).createSubsegments());
  return async (name) => {
    const open = await loaded;
    const close = await quietly(() => open?.(name));
    return (annotations) => void quietly(() => close?.(annotations));
  };
}
