/** The rows of a waterfall and where their bars stand. Pure; times in microseconds, places in per cent of the whole. */
import { endOf, flatten, type SpanNode, type TreeSpan } from '../../../embedded/traces/tree/tree.ts';

export interface Row<T extends TreeSpan> {
  readonly node: SpanNode<T>;
  /** 1 for a root, as `aria-level` counts. */
  readonly level: number;
}

/** What is shown when some spans are folded: parents before their children. */
export function toRows<T extends TreeSpan>(roots: readonly SpanNode<T>[], folded: ReadonlySet<string>): Row<T>[] {
  const rows: Row<T>[] = [];
  const waiting = roots.map((node) => ({ node, level: 1 })).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    rows.push(next);
    const { node, level } = next;
    if (folded.has(node.span.spanID)) continue;
    waiting.push(...node.children.map((child) => ({ node: child, level: level + 1 })).reverse());
  }
  return rows;
}

/** The time from the first start to the last end. */
export interface Extent {
  readonly from: number;
  readonly duration: number;
}

export function extentOf(roots: readonly SpanNode[]): Extent {
  const spans = roots.flatMap(flatten).map(({ span }) => span);
  const from = spans.reduce((first, { startTime }) => Math.min(first, startTime), Infinity);
  return { from, duration: Math.max(1, spans.reduce((last, span) => Math.max(last, endOf(span)), 0) - from) };
}

export interface Place {
  readonly left: number;
  readonly width: number;
}

export function placeOf({ from, to }: { from: number; to: number }, extent: Extent): Place {
  return { left: ((from - extent.from) / extent.duration) * 100, width: ((to - from) / extent.duration) * 100 };
}

const TICKS = 4;

/** Even steps of the ruler, the last at the end. */
export function ticksOf({ duration }: Extent): number[] {
  return Array.from({ length: TICKS + 1 }, (_, index) => (duration * index) / TICKS);
}
