import { tagOf } from '../../../client/jaeger-span.ts';
import type { Section } from '../../../embedded/traces/tree/critical-path.ts';
import { formatDuration, formatShare } from '../../../embedded/traces/duration.ts';
import { endOf, type SpanNode } from '../../../embedded/traces/tree/tree.ts';
import { Breakable } from '../breakable.tsx';
import { isError, type Span } from './jaeger-trace.ts';
import { placeOf, type Extent, type Place } from './waterfall-rows.ts';

interface Props {
  readonly node: SpanNode<Span>;
  readonly level: number;
  readonly extent: Extent;
  readonly critical: readonly Section[];
  readonly isBottleneck: boolean;
  readonly isSelected: boolean;
  readonly isFolded: boolean;
  readonly select: (spanID: string) => void;
  readonly fold: (node: SpanNode<Span>, isFolded: boolean) => void;
}

export function SpanRow(props: Props) {
  const { node, level, extent, isBottleneck, isSelected, isFolded, select } = props;
  const { span, children } = node;
  return (
    <div
      class={['span', isBottleneck && 'bottleneck', isError(span) && 'bad'].filter(Boolean).join(' ')}
      role="row"
      data-span={span.spanID}
      aria-level={level}
      aria-expanded={children.length === 0 ? undefined : !isFolded}
      aria-selected={isSelected}
      tabIndex={isSelected ? 0 : -1}
      onClick={() => select(span.spanID)}
    >
      <span class="label" role="gridcell" style={{ paddingInlineStart: `calc(${level - 1} * var(--indent))` }}>
        <Fold {...props} />
        <span class="operation">
          <Breakable name={span.operationName} /> {isError(span) ? <span class="mark">error</span> : null}
          {isBottleneck ? <span class="mark">bottleneck</span> : null}
        </span>
      </span>
      <Lane {...props} />
      <span class="took" role="gridcell">
        {formatDuration(span.duration)}
      </span>
      <span class="share" role="gridcell">
        {formatShare(span.duration, extent.duration)}
      </span>
    </div>
  );
}

function Fold({ node, isFolded, fold }: Props) {
  if (node.children.length === 0) return <span class="fold" />;
  const toggle = (event: MouseEvent) => {
    event.stopPropagation();
    fold(node, !isFolded);
  };
  return (
    <button
      type="button"
      class="fold"
      tabIndex={-1}
      aria-label={`${isFolded ? 'Unfold' : 'Fold'} ${node.span.operationName}`}
      onClick={toggle}
    >
      {isFolded ? '▸' : '▾'}
    </button>
  );
}

/** The bar to scale, and the critical path below it. */
function Lane({ node: { span }, extent, critical }: Props) {
  return (
    <span class="lane" role="gridcell" aria-label={describe(span, extent, critical)}>
      <span class={`bar ${kindOf(span)}`} style={toStyle(placeOf({ from: span.startTime, to: endOf(span) }, extent))} />
      {critical.map((section) => (
        <span key={section.from} class="critical" style={toStyle(placeOf(section, extent))} />
      ))}
    </span>
  );
}

/** What the lane shows, for who does not see it. */
function describe(span: Span, extent: Extent, critical: readonly Section[]): string {
  const waited = critical.reduce((sum, { from, to }) => sum + to - from, 0);
  return `starts at ${formatDuration(span.startTime - extent.from)}, on the critical path for ${formatDuration(waited)}`;
}

function toStyle({ left, width }: Place) {
  return { left: `${left}%`, width: `${width}%` };
}

/** The colour of a bar: what waits for another system, what serves one, and what works by itself. */
function kindOf(span: Span): 'server' | 'client' | 'internal' {
  const kind = tagOf(span, 'span.kind');
  return kind === 'server' || kind === 'client' ? kind : 'internal';
}
