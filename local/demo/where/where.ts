import { traceUrl, type Addresses } from '../../client/addresses.ts';
import type { Followed } from '../../client/follow.ts';
import { requireReply } from '../../client/http.ts';
import { tagOf, type JaegerSpan } from '../../client/jaeger-span.ts';
import { readSpans, SUBMIT_ROOT, SUBMIT_SPAN, SUBMIT_STEPS, waitForTrace } from '../../client/trace.ts';
import { buildTree, findBottleneck, outline, type SpanNode } from '../../embedded/traces/tree/tree.ts';
import type { Example } from '../examples.ts';
import { PATIENCE } from '../limits.ts';
import { check, type Check, type Findings } from '../section.ts';
import { drawTimeline } from './timeline.ts';

const SLOW_SPAN = 'vip_member_slow_query';

/** The request's spans as the trace API gives them back, in the tree that they must make. */
export async function explainWhere(
  { traces }: Pick<Addresses, 'traces'>,
  { traceId }: Pick<Followed, 'traceId'>,
  example: Example,
): Promise<Findings> {
  const expected = expectedOutline(example);
  const isWhole = (spans: readonly JaegerSpan[]) => outline(buildTree(spans)) === expected;
  const reply = await waitForTrace({ traces }, traceId, isWhole, PATIENCE);
  const roots = buildTree(
    readSpans(requireReply(reply, `There is no trace to read: nothing answers at ${traces} (TRACES_PORT).`)),
  );
  const [root] = roots;
  if (root === undefined) throw new Error(`There is no trace ${traceId} at ${traces}.`);
  const bottleneck = findBottleneck(root);
  const found = outline(roots);
  return {
    lines: [traceUrl(traces, traceId), ...drawTimeline(root, bottleneck)],
    checks: [check(found === expected, `The spans are ${found}, not ${expected}.`), ...judge(bottleneck, example)],
  };
}

function expectedOutline(example: Example): string {
  if (example.outcome === 'refused') return `${SUBMIT_ROOT}(${SUBMIT_SPAN})`;
  const [first, ...rest] = SUBMIT_STEPS;
  const steps = [first, ...(example.slow ? [SLOW_SPAN] : []), ...rest];
  return `${SUBMIT_ROOT}(${SUBMIT_SPAN}(${steps.join(', ')}))`;
}

function judge(bottleneck: SpanNode<JaegerSpan> | undefined, example: Example): Check[] {
  if (example.outcome === 'refused' || !example.slow) return [];
  const { span } = bottleneck ?? {};
  return [
    check(
      span?.operationName === SLOW_SPAN,
      `The bottleneck is ${span?.operationName ?? 'nowhere'}, not ${SLOW_SPAN}.`,
    ),
    check(
      span !== undefined && tagOf(span, 'delay_ms') === 2000 && typeof tagOf(span, 'reason') === 'string',
      'The bottleneck does not say its delay_ms and reason.',
    ),
  ];
}
