import type { Exemplar } from '../../contract.ts';
import { formatDuration } from '../../../traces/duration.ts';
import { Link } from '../location.tsx';
import { formatTime } from '../time.ts';
import type { Area } from './use-plot.ts';

/** Exemplars as dots over a chart, each a link to its trace. */
export function ExemplarDots({ exemplars, area }: { exemplars: readonly Exemplar[]; area: Area }) {
  return (
    <ul class="dots" aria-label="Exemplars">
      {exemplars.map((exemplar) => (
        <Dot key={exemplar.traceID} exemplar={exemplar} area={area} />
      ))}
    </ul>
  );
}

function Dot({ exemplar: { traceID, at, value, status }, area }: { exemplar: Exemplar; area: Area }) {
  const { left, top } = area.place(at, value);
  if (left < area.left || left > area.left + area.width || top < area.top || top > area.top + area.height) return null;
  const name = `${status}, ${formatDuration(value * 1_000_000)} at ${formatTime(at * 1_000_000)}`;
  return (
    <li style={{ left: `${left}px`, top: `${top}px` }}>
      <Link href={`/trace/${traceID}`} class={`dot ${status}`} title={name}>
        <span class="visually-hidden">{name}</span>
      </Link>
    </li>
  );
}
