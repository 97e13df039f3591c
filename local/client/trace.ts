import * as z from 'zod/mini';

/** The members of a span in Jaeger's JSON that are read here. */
export const JaegerSpan = z.object({
  spanID: z.string(),
  operationName: z.string(),
  references: z.array(z.object({ refType: z.string(), spanID: z.string() })),
  startTime: z.number(),
  duration: z.number(),
  tags: z.array(z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) })),
});
export type JaegerSpan = z.infer<typeof JaegerSpan>;

export function tagOf({ tags }: JaegerSpan, key: string): string | number | boolean | undefined {
  return tags.find((tag) => tag.key === key)?.value;
}
