import { useMemo, useState } from 'preact/hooks';
import { buildTree, findBottleneck, flatten, type SpanNode } from '../../../traces/tree/tree.ts';
import { Failure } from '../failure.tsx';
import { Link, note, usePlace } from '../location.tsx';
import { AuditTrails } from './audit-trail.tsx';
import { Headline } from './headline.tsx';
import type { Span } from './jaeger-trace.ts';
import { LogLines } from './log-lines.tsx';
import { SpanDetails } from './span-details.tsx';
import { useExplanation, type Explanation } from './use-explanation.ts';
import { Waterfall } from './waterfall.tsx';

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
      <div class="columns">
        {roots.length > 0 ? <Where traceID={traceID} roots={roots} /> : <Gone />}
        <div class="why">
          <AuditTrails explanation={explanation} traceID={traceID} />
          <LogLines lines={explanation.lines} />
        </div>
      </div>
    </>
  );
}

/** The waterfall and the span that is looked at: the one in the address, or the bottleneck, or the root. */
function Where({ traceID, roots }: { traceID: string; roots: readonly SpanNode<Span>[] }) {
  const { query } = usePlace();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const nodes = useMemo(() => roots.flatMap(flatten), [roots]);
  const bottleneck = useMemo(() => roots.map(findBottleneck).find((node) => node !== undefined), [roots]);
  const selected = nodes.find(({ span }) => span.spanID === query.get('span')) ?? bottleneck ?? nodes[0];
  return (
    <section class="where" aria-label="Where the time went">
      <Waterfall
        roots={roots}
        bottleneck={bottleneck}
        selected={selected?.span.spanID}
        folded={folded}
        select={(spanID) => note(`/trace/${traceID}?span=${spanID}`)}
        fold={(spanID, isFolded) =>
          setFolded(isFolded ? folded.union(new Set([spanID])) : folded.difference(new Set([spanID])))
        }
      />
      <ul class="legend">
        <li>
          <span class="swatch server" /> serves a request
        </li>
        <li>
          <span class="swatch internal" /> works itself
        </li>
        <li>
          <span class="swatch client" /> waits for the database
        </li>
        <li>
          <span class="swatch critical-path" /> critical path: what the answer waited for
        </li>
      </ul>
      {selected === undefined ? null : <SpanDetails node={selected} start={roots[0]?.span.startTime ?? 0} />}
    </section>
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
