import { useEffect, useMemo, useState } from 'preact/hooks';
import { buildTree, findBottleneck, findMainRoot, flatten, type SpanNode } from '../../../embedded/traces/tree/tree.ts';
import { Failure } from '../failure.tsx';
import { Link, note, usePlace } from '../location.tsx';
import { AuditTrails } from './audit-trail.tsx';
import { Headline } from './headline.tsx';
import type { Span } from './jaeger-trace.ts';
import { LogLines } from './log-lines.tsx';
import { SpanDetails } from './span-details.tsx';
import { useExplanation, type Explanation } from './use-explanation.ts';
import { Waterfall } from './waterfall.tsx';

/** A trace of more spans opens folded. */
const MOST_UNFOLDED = 500;
const NOTE_AFTER_MS = 200;

/** One request: where its time went, why it was decided, and what was logged. */
export function TraceView({ traceID }: { traceID: string }) {
  const { explanation, failure } = useExplanation(traceID);
  return (
    <article class="trace">
      <p class="back">
        <Link href="/">← Requests</Link>
      </p>
      <Failure message={failure} />
      {explanation === undefined ? (
        <h1>Trace {traceID.slice(0, 7)}</h1>
      ) : (
        <Explained traceID={traceID} explanation={explanation} />
      )}
    </article>
  );
}

function Explained({ traceID, explanation }: { traceID: string; explanation: Explanation }) {
  const roots = useMemo(() => buildTree(explanation.spans), [explanation]);
  return (
    <>
      <Headline traceID={traceID} roots={roots} lines={explanation.lines} />
      {explanation.isForgotten ? (
        <p class="failure">This trace is not stored any more: what was read of it stands here until you leave.</p>
      ) : null}
      <div class="columns">
        {explanation.spans.length > 0 ? <Where traceID={traceID} roots={roots} /> : <Gone />}
        <div class="why">
          <AuditTrails explanation={explanation} traceID={traceID} />
          <LogLines lines={explanation.lines} />
        </div>
      </div>
    </>
  );
}

/** The waterfall and the span that is looked at: the one in the address, or the bottleneck, or the first. */
function Where({ traceID, roots }: { traceID: string; roots: readonly SpanNode<Span>[] }) {
  const nodes = useMemo(() => roots.flatMap(flatten), [roots]);
  const [folded, setFolded] = useState(() =>
    nodes.length > MOST_UNFOLDED ? new Set(nodes.map(idOf)) : new Set<string>(),
  );
  const [chosen, choose] = useChosenSpan(traceID);
  const main = useMemo(() => findMainRoot(roots), [roots]);
  const bottleneck = useMemo(() => main && findBottleneck(main), [main]);
  const selected = nodes.find((node) => idOf(node) === chosen) ?? bottleneck ?? nodes[0];
  const fold = (node: SpanNode<Span>, isFolded: boolean) => {
    setFolded(isFolded ? folded.union(new Set([idOf(node)])) : folded.difference(new Set([idOf(node)])));
    // What is selected is always among the rows, or no key would reach them.
    if (isFolded && selected !== undefined && flatten(node).includes(selected)) choose(idOf(node));
  };
  return (
    <section class="where" aria-label="Where the time went">
      <Waterfall
        roots={roots}
        bottleneck={bottleneck}
        selected={selected && idOf(selected)}
        folded={folded}
        select={choose}
        fold={fold}
      />
      <Legend />
      {selected === undefined ? null : <SpanDetails node={selected} start={main?.span.startTime ?? 0} />}
    </section>
  );
}

function idOf({ span }: SpanNode<Span>): string {
  return span.spanID;
}

/** The span of the address; a choice is noted there when it stands, since browsers limit how often that may be. */
function useChosenSpan(traceID: string): [string | null, (spanID: string) => void] {
  const { query } = usePlace();
  const [chosen, choose] = useState(query.get('span'));
  useEffect(() => {
    if (chosen === null) return;
    const timer = setTimeout(() => note(`/trace/${traceID}?span=${chosen}`), NOTE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [chosen, traceID]);
  return [chosen, choose];
}

function Legend() {
  const marks = {
    server: 'serves a request',
    internal: 'works itself',
    client: 'waits for the database',
    'critical-path': 'critical path: what the answer waited for',
  };
  return (
    <ul class="legend">
      {Object.entries(marks).map(([mark, meaning]) => (
        <li key={mark}>
          <span class={`swatch ${mark}`} /> {meaning}
        </li>
      ))}
    </ul>
  );
}

function Gone() {
  return (
    <section class="where empty" aria-label="Where the time went">
      <h2>This trace is not stored</h2>
      <p>
        Traces live in memory: a restart forgets them, and when there are too many the oldest are dropped. The sampler
        may also have left it out. What outlives them is the audit trail and the log.
      </p>
    </section>
  );
}
