import { useMemo, useRef } from 'preact/hooks';
import { criticalPath, type Section } from '../../../embedded/traces/tree/critical-path.ts';
import { formatDuration } from '../../../embedded/traces/duration.ts';
import type { SpanNode } from '../../../embedded/traces/tree/tree.ts';
import type { Span } from './jaeger-trace.ts';
import { SpanRow } from './span-row.tsx';
import { extentOf, ticksOf, toRows, type Row } from './waterfall-rows.ts';

interface Props {
  readonly roots: readonly SpanNode<Span>[];
  readonly bottleneck: SpanNode<Span> | undefined;
  /** Span id. */
  readonly selected: string | undefined;
  /** Span ids whose children are hidden. */
  readonly folded: ReadonlySet<string>;
  readonly select: (spanID: string) => void;
  readonly fold: (node: SpanNode<Span>, isFolded: boolean) => void;
}

/** The spans as Jaeger's page draws them: indented, to scale, the critical path marked. */
export function Waterfall({ roots, bottleneck, selected, folded, select, fold }: Props) {
  const grid = useRef<HTMLDivElement>(null);
  const extent = useMemo(() => extentOf(roots), [roots]);
  const critical = useMemo(() => bySpan(roots.flatMap(criticalPath)), [roots]);
  const rows = toRows(roots, folded);
  const focus = (row: Row<Span> | undefined) => {
    if (row === undefined) return;
    select(row.node.span.spanID);
    grid.current?.querySelector<HTMLElement>(`[data-span="${row.node.span.spanID}"]`)?.focus();
  };
  const press = (event: KeyboardEvent) => {
    // Alt and an arrow is the way back.
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = rows.findIndex(({ node }) => node.span.spanID === selected);
    const step = stepOf(event.key, at, rows, folded);
    if (step === undefined) return;
    event.preventDefault();
    const row = rows[at];
    if (step.fold !== undefined && row !== undefined) fold(row.node, step.fold);
    else focus(rows[step.to]);
  };
  return (
    <div ref={grid} class="waterfall" role="treegrid" aria-label="Spans" onKeyDown={press}>
      <div class="ruler" role="row">
        <span role="columnheader">Span</span>
        <span class="lane" role="columnheader" aria-label="Timeline">
          {ticksOf(extent).map((tick, index, all) => (
            <span key={index} class="tick" style={{ left: `${(index / (all.length - 1)) * 100}%` }}>
              {formatDuration(Number(tick.toPrecision(3)))}
            </span>
          ))}
        </span>
        <span class="took" role="columnheader">
          Duration
        </span>
        <span class="share" role="columnheader">
          Share
        </span>
      </div>
      {rows.map(({ node, level }) => (
        <SpanRow
          key={node.span.spanID}
          node={node}
          level={level}
          extent={extent}
          critical={critical.get(node.span.spanID) ?? []}
          isBottleneck={node === bottleneck}
          isSelected={node.span.spanID === selected}
          isFolded={folded.has(node.span.spanID)}
          select={select}
          fold={fold}
        />
      ))}
    </div>
  );
}

function bySpan(sections: readonly Section[]): Map<string, Section[]> {
  return Map.groupBy(sections, ({ spanID }) => spanID);
}

/** What a key does in a tree grid, by the practices of WAI-ARIA: the row to go to, and whether to fold this one. */
function stepOf(key: string, at: number, rows: readonly Row<Span>[], folded: ReadonlySet<string>) {
  const row = rows[at];
  if (row === undefined) return undefined;
  const { children, span } = row.node;
  const isOpen = children.length > 0 && !folded.has(span.spanID);
  const parent = rows.findLastIndex(({ level }, index) => index < at && level < row.level);
  const steps: Record<string, { to: number; fold?: boolean } | undefined> = {
    ArrowDown: { to: Math.min(at + 1, rows.length - 1) },
    ArrowUp: { to: Math.max(at - 1, 0) },
    Home: { to: 0 },
    End: { to: rows.length - 1 },
    ArrowRight: children.length === 0 ? undefined : isOpen ? { to: at + 1 } : { to: at, fold: false },
    ArrowLeft: isOpen ? { to: at, fold: true } : { to: Math.max(parent, 0) },
  };
  return steps[key];
}
