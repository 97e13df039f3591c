import { tagOf } from '../../../client/jaeger-span.ts';
import { formatDuration, formatShare } from '../../../embedded/traces/duration.ts';
import {
  findBottleneck,
  findMainRoot,
  findSlowest,
  flatten,
  type SpanNode,
} from '../../../embedded/traces/tree/tree.ts';
import { Status } from '../status.tsx';
import { formatDate } from '../time.ts';
import { isError, type Span } from './jaeger-trace.ts';
import type { LogLine } from './use-explanation.ts';

interface Props {
  readonly traceID: string;
  readonly roots: readonly SpanNode<Span>[];
  readonly lines: readonly LogLine[];
}

/** What the request was and where its time went, in one sentence. */
export function Headline({ traceID, roots, lines }: Props) {
  const root = findMainRoot(roots);
  const status = root === undefined ? lines[0]?.['http_status'] : tagOf(root.span, 'http.response.status_code');
  const name = root?.span.operationName ?? lines[0]?.['route'];
  return (
    <header class="headline">
      <h1>
        {typeof name === 'string' ? name : `Trace ${traceID.slice(0, 7)}`}{' '}
        {typeof status === 'number' ? (
          <Status status={status} error={roots.flatMap(flatten).some(({ span }) => isError(span))} />
        ) : null}
      </h1>
      {root === undefined ? null : <Verdict root={root} />}
      <p class="facts">
        {root === undefined ? null : <span>{formatDate(root.span.startTime)}</span>}
        {root !== undefined && tagOf(root.span, 'faas.coldstart') === true ? <span>cold start</span> : null}
        <span>
          trace <code>{traceID}</code>
        </span>
        <a href={`/api/traces/${traceID}`}>JSON</a>
      </p>
    </header>
  );
}

function Verdict({ root }: { root: SpanNode<Span> }) {
  const bottleneck = findBottleneck(root);
  const { span, selfTime } = bottleneck ?? findSlowest(root);
  const total = formatDuration(root.span.duration);
  const share = formatShare(selfTime, root.span.duration);
  if (bottleneck === undefined) {
    return (
      <p class="verdict">
        <b>{total}</b>, no bottleneck: the most, {share}, goes to <code>{span.operationName}</code>.
      </p>
    );
  }
  return (
    <p class="verdict bottleneck">
      <b>{total}</b>, of which <b>{share}</b> in <code>{span.operationName}</code>: the bottleneck.
    </p>
  );
}
