/**
 * The critical path of a request: the spans, and the parts of them, that its end waited for. Shortening anything else makes
 * nobody's answer earlier. Pure; times in microseconds.
 *
 * The rule is the one of Jaeger's page: from the end of a span backwards, the child that ended last is what was waited for,
 * and before its start the child that had ended by then. What a child does outside of its parent's time does not count.
 */
import { endOf, type SpanNode, type TreeSpan } from './tree.ts';

export interface Section {
  readonly spanID: string;
  readonly from: number;
  readonly to: number;
}

/** Sections that do not overlap and together cover the root, the earliest first. */
export function criticalPath(root: SpanNode): Section[] {
  return waitedFor(root, { from: root.span.startTime, to: endOf(root.span) }).reverse();
}

interface Window {
  readonly from: number;
  readonly to: number;
}

/** What a span and those below it take of a window; latest first. */
function waitedFor({ span, children }: SpanNode, window: Window): Section[] {
  const sections: Section[] = [];
  let now = window.to;
  const itself = (from: number) => {
    if (from < now) sections.push({ spanID: span.spanID, from, to: now });
  };
  const byEnd = children
    .map((child) => ({ child, within: clip(child.span, window) }))
    .toSorted((a, b) => b.within.to - a.within.to);
  for (const { child, within } of byEnd) {
    if (within.to > now || within.from >= within.to) continue;
    itself(within.to);
    sections.push(...waitedFor(child, within));
    now = within.from;
  }
  itself(window.from);
  return sections;
}

function clip(span: TreeSpan, { from, to }: Window): Window {
  return { from: Math.max(span.startTime, from), to: Math.min(endOf(span), to) };
}
