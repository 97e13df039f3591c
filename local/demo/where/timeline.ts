/** A trace drawn for a terminal: the tree, durations, shares of the whole, and bars to scale. Pure. */
import { tagOf, type JaegerSpan } from '../../client/jaeger-span.ts';
import { paint } from '../../machine/terminal.ts';
import { formatDuration, formatShare } from '../../embedded/traces/duration.ts';
import { endOf, type SpanNode, type TreeSpan } from '../../embedded/traces/tree/tree.ts';

const BAR_WIDTH = 28;
/** What is too short to be drawn to scale. */
const SLIVER = '▏';
/** Why a span was slow, if it says so. */
const EXPLAINING_TAGS = ['delay_ms', 'reason'];

interface Row {
  readonly node: SpanNode<JaegerSpan>;
  readonly label: string;
  /** What a line below the label begins with, so that the branches go on. */
  readonly below: string;
}

export function drawTimeline(root: SpanNode<JaegerSpan>, bottleneck: SpanNode<JaegerSpan> | undefined): string[] {
  const rows = toRows(root, '', '');
  const width = Math.max(...rows.map((row) => row.label.length));
  return rows.flatMap(({ node, label, below }) => {
    const duration = formatDuration(node.span.duration).padStart(8);
    const share = formatShare(node.span.duration, root.span.duration).padStart(6);
    const line = `${label.padEnd(width)}  ${duration}  ${share}  `;
    const bar = drawBar(node.span, root.span);
    if (node !== bottleneck) return [line + paint('cyan', bar)];
    const reasons = explain(node).map((reason) => `${below}  ${paint('red', reason)}`);
    return [line + paint('red', `${bar.padEnd(BAR_WIDTH)} ◀ BOTTLENECK`), ...reasons];
  });
}

function toRows(node: SpanNode<JaegerSpan>, lead: string, below: string): Row[] {
  const rows = node.children.flatMap((child, index) => {
    const isLast = index === node.children.length - 1;
    return toRows(child, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`);
  });
  return [{ node, label: `${lead}${node.span.operationName}`, below }, ...rows];
}

/** Both ends are rounded on the one scale, so neighbours meet and no child sticks out of its parent. */
export function drawBar(span: TreeSpan, root: TreeSpan): string {
  const column = (time: number) =>
    Math.min(BAR_WIDTH, Math.max(0, Math.round(((time - root.startTime) / Math.max(root.duration, 1)) * BAR_WIDTH)));
  const from = column(span.startTime);
  const length = column(endOf(span)) - from;
  return length > 0 ? ' '.repeat(from) + '█'.repeat(length) : ' '.repeat(Math.min(from, BAR_WIDTH - 1)) + SLIVER;
}

/** As the trace page shows them, a line each. */
function explain({ span }: SpanNode<JaegerSpan>): string[] {
  return EXPLAINING_TAGS.flatMap((key) => {
    const value = tagOf(span, key);
    return value === undefined ? [] : [`${key}: ${JSON.stringify(value)}`];
  });
}
