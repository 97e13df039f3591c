/** A span of Jaeger's JSON query API. Times in microseconds. */
import * as z from 'zod/mini';

export const Tag = z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) });
export type Tag = z.infer<typeof Tag>;

/** The members that are read of it. */
export const JaegerSpan = z.object({
  spanID: z.string(),
  operationName: z.string(),
  references: z.array(z.object({ refType: z.string(), spanID: z.string() })),
  startTime: z.number(),
  duration: z.number(),
  tags: z.array(Tag),
});
export type JaegerSpan = z.infer<typeof JaegerSpan>;

export function tagOf({ tags }: { readonly tags: readonly Tag[] }, key: string): Tag['value'] | undefined {
  return tags.find((tag) => tag.key === key)?.value;
}
