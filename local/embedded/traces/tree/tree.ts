/** A trace as the tree that Jaeger's page draws. Pure; all times in microseconds. */

/** What of a span its place in the tree depends on; the rest stays as it came. */
export interface TreeSpan {
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly spanID: string }[];
  readonly startTime: number;
  readonly duration: number;
}

export interface SpanNode<T extends TreeSpan = TreeSpan> {
  readonly span: T;
  /** What none of its children accounts for. */
  readonly selfTime: number;
  /** In the order of their start. */
  readonly children: readonly SpanNode<T>[];
}

/** The spans without a parent in the trace, with all that is below them: one, when the trace is whole. */
export function buildTree<T extends TreeSpan>(spans: readonly T[]): SpanNode<T>[] {
  const ids = new Set(spans.map((span) => span.spanID));
  const parentOf = ({ spanID, references }: T) => {
    const parent = references.find((reference) => reference.refType === 'CHILD_OF')?.spanID;
    return parent !== undefined && parent !== spanID && ids.has(parent) ? parent : undefined;
  };
  const byParent = Map.groupBy(spans, parentOf);
  const childrenOf = (parent: string | undefined) =>
    (byParent.get(parent) ?? []).toSorted((a, b) => a.startTime - b.startTime || a.spanID.localeCompare(b.spanID));
  // Without recursion: how deep a trace is its sender decides. Children stand after their parents, so the last are made
  // first.
  const order = childrenOf(undefined);
  for (const { spanID } of order) order.push(...childrenOf(spanID));
  const nodes = new Map<string | undefined, SpanNode<T>[]>();
  for (const span of order.toReversed()) {
    const parent = parentOf(span);
    const siblings = nodes.get(parent) ?? [];
    siblings.unshift(toNode(span, nodes.get(span.spanID) ?? []));
    nodes.set(parent, siblings);
  }
  return nodes.get(undefined) ?? [];
}

function toNode<T extends TreeSpan>(span: T, children: readonly SpanNode<T>[]): SpanNode<T> {
  return { span, selfTime: span.duration - covered(children, span.startTime, endOf(span)), children };
}

/** The root that a trace of several is told by: the longest, of equals the first. */
export function findMainRoot<T extends TreeSpan>(roots: readonly SpanNode<T>[]): SpanNode<T> | undefined {
  return roots.reduce<SpanNode<T> | undefined>(
    (main, root) => (main === undefined || root.span.duration > main.span.duration ? root : main),
    undefined,
  );
}

export function endOf({ startTime, duration }: TreeSpan): number {
  return startTime + duration;
}

/** How much of a span its children cover; what they cover together counts once. */
function covered(children: readonly SpanNode[], from: number, until: number): number {
  let sum = 0;
  let end = from;
  for (const { span } of children) {
    const childEnd = Math.min(endOf(span), until);
    sum += Math.max(0, childEnd - Math.max(span.startTime, end));
    end = Math.max(end, childEnd);
  }
  return sum;
}

/** Below this nobody waits: the first connection of a cold start is not worth an alarm. */
const BOTTLENECK_MIN_MICROSECONDS = 100_000;

/** The span that itself takes more than half of the whole, where there is one. */
export function findBottleneck<T extends TreeSpan>(root: SpanNode<T>): SpanNode<T> | undefined {
  const slowest = findSlowest(root);
  const least = Math.max(root.span.duration / 2, BOTTLENECK_MIN_MICROSECONDS);
  return slowest.selfTime > least ? slowest : undefined;
}

/** The span that itself takes the most; of equals the first. */
export function findSlowest<T extends TreeSpan>(root: SpanNode<T>): SpanNode<T> {
  return flatten(root).reduce((slowest, node) => (node.selfTime > slowest.selfTime ? node : slowest));
}

/** A node and all below it, parents before their children. */
export function flatten<T extends TreeSpan>(node: SpanNode<T>): SpanNode<T>[] {
  const all: SpanNode<T>[] = [];
  const waiting = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    all.push(next);
    waiting.push(...next.children.toReversed());
  }
  return all;
}

/** The names alone: `parent(first, second(third))`. */
export function outline(nodes: readonly SpanNode[]): string {
  return nodes
    .map(({ span, children }) =>
      children.length === 0 ? span.operationName : `${span.operationName}(${outline(children)})`,
    )
    .join(', ');
}
