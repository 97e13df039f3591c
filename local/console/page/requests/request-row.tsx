import { formatDuration, formatShare } from '../../../embedded/traces/duration.ts';
import type { RequestSummary } from '../../contract.ts';
import { Link } from '../location.tsx';
import { Status } from '../status.tsx';
import { formatTime } from '../time.ts';

interface Props {
  readonly request: RequestSummary;
  /** In the whole list, from 0. */
  readonly index: number;
  /** Pixels below the upper edge of the list. */
  readonly top: number;
  /** The duration that fills a whole bar. */
  readonly slowest: number;
}

export function RequestRow({ request, index, top, slowest }: Props) {
  const { traceID, startTime, name, status, error, duration, requestIDs } = request;
  return (
    <div class="row" role="row" aria-rowindex={index + 2} style={{ transform: `translateY(${top}px)` }}>
      <span class="time" role="cell">
        {formatTime(startTime)}
      </span>
      <span class="name" role="cell">
        <Link href={`/trace/${traceID}`} title={traceID}>
          {name}
        </Link>
      </span>
      <span role="cell">
        <Status status={status} error={error} />
      </span>
      <Duration duration={duration} slowest={slowest} isBottleneck={request.slowest.isBottleneck} />
      <span class={request.slowest.isBottleneck ? 'most bottleneck' : 'most'} role="cell">
        <b>{formatShare(request.slowest.share, 1)}</b> {request.slowest.name}
        {request.slowest.isBottleneck ? <span class="visually-hidden"> bottleneck</span> : null}
      </span>
      <span class="id" role="cell">
        {requestIDs[0] ?? '–'}
        {requestIDs.length > 1 ? ` +${requestIDs.length - 1}` : null}
      </span>
    </div>
  );
}

function Duration(props: { duration: number; slowest: number; isBottleneck: boolean }) {
  const share = (props.duration / props.slowest) * 100;
  return (
    <span class="duration" role="cell">
      <span class="track">
        <span class={props.isBottleneck ? 'bar bottleneck' : 'bar'} style={{ width: `${share}%` }} />
      </span>
      {formatDuration(props.duration)}
    </span>
  );
}
