/** A trace as Jaeger's JSON query API gives it, as far as the page shows it. Times in microseconds. */
import * as z from 'zod/mini';

const Tag = z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) });
export type Tag = z.infer<typeof Tag>;

const Span = z.object({
  spanID: z.string(),
  operationName: z.string(),
  references: z.array(z.object({ refType: z.string(), spanID: z.string() })),
  startTime: z.number(),
  duration: z.number(),
  tags: z.array(Tag),
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

export function tagOf({ tags }: Pick<Span, 'tags'>, key: string): Tag['value'] | undefined {
  return tags.find((tag) => tag.key === key)?.value;
}

export function isError(span: Pick<Span, 'tags'>): boolean {
  return tagOf(span, 'error') === true;
}
