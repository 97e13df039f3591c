import type { Exemplar } from '../../contract.ts';
import { formatDuration } from '../../../embedded/traces/duration.ts';
import { Link } from '../location.tsx';
import { formatTime } from '../time.ts';
import type { Area } from './use-plot.ts';

/** Exemplars as dots over a chart, each a link to its trace. One of them is a tab stop; arrow keys go to the others. */
export function ExemplarDots({ exemplars, area }: { exemplars: readonly Exemplar[]; area: Area }) {
  const shown = exemplars.flatMap((exemplar) => {
    const place = area.place(exemplar.at, exemplar.value);
    return isWithin(place, area) ? [{ exemplar, place }] : [];
  });
  if (shown.length === 0) return null;
  return (
    <ul class="dots" aria-label="Exemplars" onKeyDown={move}>
      {shown.map(({ exemplar, place }, index) => (
        <Dot key={exemplar.traceID} exemplar={exemplar} place={place} isStop={index === shown.length - 1} />
      ))}
    </ul>
  );
}

interface Point {
  readonly left: number;
  readonly top: number;
}

function isWithin({ left, top }: Point, area: Area): boolean {
  const [right, bottom] = [area.left + area.width, area.top + area.height];
  return left >= area.left && left <= right && top >= area.top && top <= bottom;
}

function move(event: KeyboardEvent): void {
  const dot = document.activeElement?.closest('li');
  const next = { ArrowLeft: dot?.previousElementSibling, ArrowRight: dot?.nextElementSibling }[event.key];
  const link = next?.querySelector('a');
  if (link == null || event.altKey) return;
  event.preventDefault();
  link.focus();
}

function Dot({ exemplar, place, isStop }: { exemplar: Exemplar; place: Point; isStop: boolean }) {
  const { traceID, at, value, status } = exemplar;
  const name = `${status}, ${formatDuration(value * 1_000_000)} at ${formatTime(at * 1_000_000)}`;
  return (
    <li style={{ left: `${place.left}px`, top: `${place.top}px` }}>
      <Link href={`/trace/${traceID}`} class={`dot ${status}`} title={name} tabIndex={isStop ? 0 : -1}>
        <span class="visually-hidden">{name}</span>
      </Link>
    </li>
  );
}
