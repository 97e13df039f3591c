/** A trace of Jaeger's JSON as the tree that its page draws. Pure; all times in microseconds. */
import * as z from 'zod/mini';

export const JaegerSpan = z.object({
  spanID: z.string(),
  operationName: z.string(),
  references: z.array(z.object({ refType: z.string(), spanID: z.string() })),
  startTime: z.number(),
  duration: z.number(),
  tags: z.array(z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) })),
});
export type JaegerSpan = z.infer<typeof JaegerSpan>;

export interface SpanNode {
  readonly name: string;
  readonly start: number;
  readonly duration: number;
  /** What none of its children accounts for. */
  readonly selfTime: number;
  readonly tags: ReadonlyMap<string, string | number | boolean>;
  /** In the order of their start. */
  readonly children: readonly SpanNode[];
}

/** The spans without a parent in the trace, with all that is below them: one, when the trace is whole. */
export function buildTree(spans: readonly JaegerSpan[]): SpanNode[] {
  const ids = new Set(spans.map((span) => span.spanID));
  const byParent = Map.groupBy(spans, (span) => {
    const parent = span.references.find((reference) => reference.refType === 'CHILD_OF')?.spanID;
    return parent !== undefined && ids.has(parent) ? parent : undefined;
  });
  const below = (parent: string | undefined): SpanNode[] =>
    (byParent.get(parent) ?? [])
      .toSorted((a, b) => a.startTime - b.startTime || a.spanID.localeCompare(b.spanID))
      .map((span) => toNode(span, below(span.spanID)));
  return below(undefined);
}

function toNode({ operationName, startTime, duration, tags }: JaegerSpan, children: readonly SpanNode[]): SpanNode {
  return {
    name: operationName,
    start: startTime,
    duration,
    selfTime: duration - covered(children, startTime, startTime + duration),
    tags: new Map(tags.map(({ key, value }) => [key, value])),
    children,
  };
}

/** How much of a span its children cover; what they cover together counts once. */
function covered(children: readonly SpanNode[], from: number, until: number): number {
  let sum = 0;
  let end = from;
  for (const child of children) {
    const childEnd = Math.min(child.start + child.duration, until);
    sum += Math.max(0, childEnd - Math.max(child.start, end));
    end = Math.max(end, childEnd);
  }
  return sum;
}

/** Below this nobody waits: the first connection of a cold start is not worth an alarm. */
const BOTTLENECK_MIN_MICROSECONDS = 100_000;

/** The span that itself takes more than half of the whole, where there is one. */
export function findBottleneck(root: SpanNode): SpanNode | undefined {
  const least = Math.max(root.duration / 2, BOTTLENECK_MIN_MICROSECONDS);
  return flatten(root).find((node) => node.selfTime > least);
}

export function flatten(node: SpanNode): SpanNode[] {
  return [node, ...node.children.flatMap(flatten)];
}

/** The names alone: `parent(first, second(third))`. */
export function outline(nodes: readonly SpanNode[]): string {
  return nodes.map(({ name, children }) => (children.length === 0 ? name : `${name}(${outline(children)})`)).join(', ');
}
