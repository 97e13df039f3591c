/** A trace as Jaeger's JSON query API gives it, as far as the page shows it. Times in microseconds. */
import * as z from 'zod/mini';
import { JaegerSpan, Tag, tagOf } from '../../../client/jaeger-span.ts';

const Span = z.extend(JaegerSpan, {
  logs: z.array(z.object({ timestamp: z.number(), fields: z.array(Tag) })),
  processID: z.string(),
});

const Process = z.object({ serviceName: z.string(), tags: z.array(Tag) });

export const Traces = z.array(z.object({ spans: z.array(Span), processes: z.record(z.string(), Process) }));

export type Span = Omit<z.infer<typeof Span>, 'processID'> & { readonly process: z.infer<typeof Process> };

/** The spans of the first trace, each with its process; none when there is no trace. */
export function toSpans([trace]: z.infer<typeof Traces>): Span[] {
  const unknown = { serviceName: 'unknown', tags: [] };
  return (trace?.spans ?? []).map(({ processID, ...span }) => ({
    ...span,
    process: trace?.processes[processID] ?? unknown,
  }));
}

export function isError(span: Pick<Span, 'tags'>): boolean {
  return tagOf(span, 'error') === true;
}
