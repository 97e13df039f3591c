/**
 * The critical path of a request: the spans, and the parts of them, that its end waited for. Shortening anything else
 * makes nobody's answer earlier. Pure; times in microseconds.
 *
 * The rule is the one of Jaeger's page: from the end of a span backwards, the child that ended last is what was waited
 * for, and before its start the child that had ended by then. What a child does outside of its parent's time does not
 * count.
 */
import { endOf, type SpanNode } from './tree.ts';

export interface Section {
  readonly spanID: string;
  readonly from: number;
  readonly to: number;
}

/** Sections that do not overlap and together cover the root, the earliest first. */
export function criticalPath(root: SpanNode): Section[] {
  const sections: Section[] = [];
  // Without recursion: how deep a trace is its sender decides.
  const waiting: (Section | Visit)[] = [{ node: root, from: root.span.startTime, to: endOf(root.span) }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ('node' in next) waiting.push(...waitedFor(next));
    else sections.push(next);
  }
  return sections;
}

/** A span of which only what lies in a window of time counts. */
interface Visit {
  readonly node: SpanNode;
  readonly from: number;
  readonly to: number;
}

/** What a span's window is made of, latest first: parts of the span itself, and windows of its children. */
function waitedFor({ node: { span, children }, from, to }: Visit): (Section | Visit)[] {
  const parts: (Section | Visit)[] = [];
  let now = to;
  const itself = (start: number) => {
    if (start < now) parts.push({ spanID: span.spanID, from: start, to: now });
  };
  const byEnd = children
    .map((node) => ({ node, from: Math.max(node.span.startTime, from), to: Math.min(endOf(node.span), to) }))
    .sort((a, b) => b.to - a.to);
  for (const child of byEnd) {
    if (child.to > now || child.from >= child.to) continue;
    itself(child.to);
    parts.push(child);
    now = child.from;
  }
  itself(from);
  return parts;
}
