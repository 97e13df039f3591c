/** What the list of requests says of a trace. Pure; times in microseconds. */
import { isRequestId } from '../../../functions/contract/request-id.ts';
import { tagOf } from '../../client/jaeger-span.ts';
import type { StoredTrace } from '../../embedded/traces/store.ts';
import type { Span } from '../../embedded/traces/trace.ts';
import {
  buildTree,
  findBottleneck,
  findMainRoot,
  findSlowest,
  type SpanNode,
} from '../../embedded/traces/tree/tree.ts';
import type { RequestSummary } from '../contract.ts';

/**
 * The line of a trace, told by its longest root: there are several when the spans of one have not arrived, or when a
 * caller joined several requests in one trace.
 * @returns undefined where the spans are each other's parents, so that none is the first
 */
export function summarize({ traceID, arrival, spans }: StoredTrace): RequestSummary | undefined {
  const root = findMainRoot(buildTree(spans));
  if (root === undefined) return undefined;
  const status = tagOf(root.span, 'http.response.status_code');
  return {
    traceID,
    arrival,
    startTime: root.span.startTime,
    duration: root.span.duration,
    name: root.span.operationName,
    status: typeof status === 'number' ? status : null,
    error: spans.some((span) => tagOf(span, 'error') === true),
    spans: spans.length,
    requestIDs: [...new Set(spans.map((span) => tagOf(span, 'prior_auth.request_id')))].filter(isPaNumber),
    slowest: describeSlowest(root),
  };
}

function describeSlowest(root: SpanNode<Span>): RequestSummary['slowest'] {
  const { span, selfTime } = findSlowest(root);
  return {
    name: span.operationName,
    // A span may outlive the one that started it.
    share: Math.min(1, selfTime / Math.max(1, root.span.duration)),
    isBottleneck: findBottleneck(root) !== undefined,
  };
}

function isPaNumber(value: unknown): value is string {
  return typeof value === 'string' && isRequestId(value);
}
