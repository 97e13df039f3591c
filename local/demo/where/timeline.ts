/** A trace drawn for a terminal: the tree, durations, shares of the whole, and bars to scale. Pure. */
import { paint } from '../../terminal.ts';
import { formatDuration, formatShare } from './duration.ts';
import type { SpanNode } from './tree.ts';

const BAR_WIDTH = 28;
/** What is too short to be drawn to scale. */
const SLIVER = '▏';
/** Why a span was slow, if it says so. */
const EXPLAINING_TAGS = ['delay_ms', 'reason'];

interface Row {
  readonly node: SpanNode;
  readonly label: string;
  /** What a line below the label begins with, so that the branches go on. */
  readonly below: string;
}

export function drawTimeline(root: SpanNode, bottleneck: SpanNode | undefined): string[] {
  const rows = toRows(root, '', '');
  const width = Math.max(...rows.map((row) => row.label.length));
  return rows.flatMap(({ node, label, below }) => {
    const duration = formatDuration(node.duration).padStart(8);
    const share = formatShare(node.duration, root.duration).padStart(6);
    const line = `${label.padEnd(width)}  ${duration}  ${share}  `;
    const bar = drawBar(node, root);
    if (node !== bottleneck) return [line + paint('cyan', bar)];
    const reasons = explain(node).map((reason) => `${below}  ${paint('red', reason)}`);
    return [line + paint('red', `${bar.padEnd(BAR_WIDTH)} ◀ BOTTLENECK`), ...reasons];
  });
}

function toRows(node: SpanNode, lead: string, below: string): Row[] {
  const rows = node.children.flatMap((child, index) => {
    const isLast = index === node.children.length - 1;
    return toRows(child, `${below}${isLast ? '└─ ' : '├─ '}`, `${below}${isLast ? '   ' : '│  '}`);
  });
  return [{ node, label: `${lead}${node.name}`, below }, ...rows];
}

/** Both ends are rounded on the one scale, so neighbours meet and no child sticks out of its parent. */
export function drawBar(node: SpanNode, root: SpanNode): string {
  const column = (time: number) =>
    Math.min(BAR_WIDTH, Math.max(0, Math.round(((time - root.start) / Math.max(root.duration, 1)) * BAR_WIDTH)));
  const from = column(node.start);
  const length = column(node.start + node.duration) - from;
  return length > 0 ? ' '.repeat(from) + '█'.repeat(length) : ' '.repeat(Math.min(from, BAR_WIDTH - 1)) + SLIVER;
}

/** As the trace page shows them, a line each. */
function explain({ tags }: SpanNode): string[] {
  return EXPLAINING_TAGS.filter((key) => tags.has(key)).map((key) => `${key}: ${JSON.stringify(tags.get(key))}`);
}
