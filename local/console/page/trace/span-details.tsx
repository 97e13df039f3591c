import type { Tag } from '../../../client/jaeger-span.ts';
import { formatDuration, formatShare } from '../../../embedded/traces/duration.ts';
import type { SpanNode } from '../../../embedded/traces/tree/tree.ts';
import type { Span } from './jaeger-trace.ts';

/** All that a span says of itself. @param start of the request, in microseconds since the epoch */
export function SpanDetails({ node: { span, selfTime }, start }: { node: SpanNode<Span>; start: number }) {
  return (
    <section class="details" aria-label="The selected span">
      <h2>
        <code>{span.operationName}</code>
      </h2>
      <p class="facts">
        <span>{span.process.serviceName}</span>
        <span>starts at {formatDuration(span.startTime - start)}</span>
        <span>takes {formatDuration(span.duration)}</span>
        <span>
          itself {formatDuration(selfTime)} ({formatShare(selfTime, span.duration)})
        </span>
      </p>
      <Tags tags={span.tags} />
      {span.logs.map(({ timestamp, fields }, index) => (
        <div key={index} class="event">
          <h3>Event at {formatDuration(timestamp - start)}</h3>
          <Tags tags={fields} />
        </div>
      ))}
      <details>
        <summary>Resource</summary>
        <Tags tags={span.process.tags} />
      </details>
    </section>
  );
}

function Tags({ tags }: { tags: readonly Tag[] }) {
  return (
    <dl class="tags">
      {tags.map(({ key, value }) => (
        <div key={key}>
          <dt>{key}</dt>
          <dd>{String(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
