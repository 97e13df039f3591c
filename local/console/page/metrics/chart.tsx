import { useRef, useState } from 'preact/hooks';
import type { ChartSeries, Exemplar } from '../../contract.ts';
import { ExemplarDots } from './exemplar-dots.tsx';
import { dashOf, usePlot, type Area } from './use-plot.ts';
import { formatValue, type Unit } from './units.ts';

interface Props {
  readonly title: string;
  readonly unit: Unit;
  /** Unix seconds. */
  readonly times: readonly number[];
  /** How much of the time up to the last scrape is shown. */
  readonly seconds: number;
  readonly series: readonly ChartSeries[];
  readonly exemplars?: readonly Exemplar[];
}

const SUBTITLES: Record<Unit, string> = {
  'per second': 'per second, over a minute',
  seconds: 'of the requests of a minute; a dot is one of them, and opens its trace',
  requests: 'stored, and never counted',
};

/** One metric over time. The legend holds the values under the pointer, else the latest. */
export function Chart({ title, unit, times, seconds, series, exemplars = [] }: Props) {
  const canvas = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const [pointed, setPointed] = useState<number>();
  const [area, setArea] = useState<Area>();
  usePlot({ canvas, legend, times, seconds, series, unit, onPoint: setPointed, onDraw: setArea });
  const at = pointed ?? times.length - 1;
  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        <p>{SUBTITLES[unit]}</p>
      </figcaption>
      <div class="plot">
        <div ref={canvas} aria-hidden="true" />
        {area === undefined ? null : <ExemplarDots exemplars={exemplars} area={area} />}
      </div>
      <ul ref={legend} class="legend" aria-label={`${title}: latest values`}>
        {series.map(({ name, values }, index) => (
          <li key={name}>
            <svg class={`swatch dashed series-${index}`} aria-hidden="true">
              <line x1="0" y1="50%" x2="100%" y2="50%" stroke-dasharray={dashOf(index).join(' ')} />
            </svg>
            {name} <b>{formatValue(values[at], unit)}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}
