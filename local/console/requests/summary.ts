/** What the list of requests says of a trace. Pure; times in microseconds. */
import type { StoredTrace } from '../../traces/store.ts';
import type { Span, Tag } from '../../traces/trace.ts';
import { buildTree, findBottleneck, findSlowest, type SpanNode } from '../../traces/tree/tree.ts';
import type { RequestSummary } from '../contract.ts';
import { REQUEST_ID } from '../request-id.ts';

/**
 * The line of a trace. One whose root span has not arrived is told by the first of the spans without a parent; the slowest
 * span is sought in all of them, and its share is of the one that it lies below.
 * @returns undefined where the spans are each other's parents, so that none is the first
 */
export function summarize({ traceID, arrival, spans }: StoredTrace): RequestSummary | undefined {
  const trees = buildTree(spans);
  const root = trees[0]?.span;
  if (root === undefined) return undefined;
  const status = tagOf(root, 'http.response.status_code');
  return {
    traceID,
    arrival,
    startTime: root.startTime,
    duration: root.duration,
    name: root.operationName,
    status: typeof status === 'number' ? status : null,
    error: spans.some((span) => tagOf(span, 'error') === true),
    spans: spans.length,
    requestID: findRequestId(spans),
    slowest: describeSlowest(trees),
  };
}

function describeSlowest(trees: readonly SpanNode<Span>[]): RequestSummary['slowest'] {
  const { tree, node } = trees
    .map((each) => ({ tree: each, node: findSlowest(each) }))
    .reduce((slowest, other) => (other.node.selfTime > slowest.node.selfTime ? other : slowest));
  return {
    name: node.span.operationName,
    // A span may outlive the one that started it.
    share: Math.min(1, node.selfTime / Math.max(1, tree.span.duration)),
    isBottleneck: findBottleneck(tree) === node,
  };
}

function findRequestId(spans: readonly Span[]): string | null {
  for (const span of spans) {
    const id = tagOf(span, 'prior_auth.request_id');
    if (typeof id === 'string' && REQUEST_ID.test(id)) return id;
  }
  return null;
}

function tagOf({ tags }: Span, key: string): Tag['value'] | undefined {
  return tags.find((tag) => tag.key === key)?.value;
}
