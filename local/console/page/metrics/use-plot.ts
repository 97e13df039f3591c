/** The chart library behind one hook: a plot that follows its data, its size and the colour scheme. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot, { type AlignedData, type Options } from 'uplot';
import type { ChartSeries } from '../../contract.ts';
import { formatTime } from '../time.ts';
import { formatValue, type Unit } from './units.ts';

const HEIGHT_PX = 180;
const AXIS_PX = 62;
/** A scale from here on, so that five milliseconds and two seconds can both be read. */
const LEAST_SECONDS = 0.001;
/** Strokes and gaps in pixels: who does not tell the colours apart has these, in the plot and in the legend. */
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [4, 4], [1, 4]];
/**
 * Between the times below a plot, in seconds. The chart library goes from one minute to five, and a narrow plot then
 * has one time only.
 */
const CLOCK_STEPS = [60, 120, 300, 600, 900, 1800];
/** What `12:05` takes, and some air. */
const CLOCK_PX = 44;

/** Where the plot stands in its element, in CSS pixels, and where a value stands in it. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  place(time: number, value: number): { left: number; top: number };
}

interface Plot {
  readonly canvas: RefObject<HTMLElement | null>;
  /** Its swatches carry the colours of the series. */
  readonly legend: RefObject<HTMLElement | null>;
  readonly times: readonly number[];
  readonly seconds: number;
  readonly series: readonly ChartSeries[];
  readonly unit: Unit;
  readonly onPoint: (index: number | undefined) => void;
  readonly onDraw: (area: Area) => void;
}

export function usePlot(props: Plot): void {
  const { canvas, times, seconds, series } = props;
  const plot = useRef<uPlot>(null);
  const scheme = useColourScheme();
  const names = series.map(({ name }) => name).join();
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const created = new uPlot(optionsOf(props, element), dataOf(props), element);
    plot.current = created;
    const follow = new ResizeObserver(() => created.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    follow.observe(element);
    return () => {
      follow.disconnect();
      created.destroy();
    };
  }, [scheme, names]);
  useEffect(() => {
    plot.current?.setData(dataOf(props), false);
    plot.current?.setScale('x', rangeOf(times, seconds));
  }, [times, series, seconds]);
}

export function dashOf(index: number): number[] {
  return DASHES[index % DASHES.length] ?? [];
}

function dataOf({ times, series }: Plot): AlignedData {
  return [[...times], ...series.map(({ values }) => [...values])];
}

function rangeOf(times: readonly number[], seconds: number): { min: number; max: number } {
  const now = times.at(-1) ?? Date.now() / 1000;
  return { min: now - seconds, max: now };
}

function optionsOf({ legend, times, seconds, series, unit, onPoint, onDraw }: Plot, element: HTMLElement): Options {
  const text = getComputedStyle(element).color;
  const grid = getComputedStyle(element).borderTopColor;
  const axis = {
    stroke: text,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  const swatches = [...(legend.current?.querySelectorAll('.swatch') ?? [])];
  const isLogarithmic = unit === 'seconds';
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, sync: { key: 'console' }, y: false },
    scales: {
      x: { time: true, ...rangeOf(times, seconds) },
      // An ambient const enum: no such value at run time
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
      y: isLogarithmic ? { distr: 3, range: logarithmicRange } : { range: linearRange },
    },
    axes: [
      {
        ...axis,
        size: 30,
        space: CLOCK_PX,
        incrs: CLOCK_STEPS,
        values: (_plot: uPlot, splits: number[]) => splits.map(formatClock),
      },
      {
        ...axis,
        size: AXIS_PX,
        ...(isLogarithmic && { splits: decades }),
        values: (_plot: uPlot, splits: (number | null)[]) =>
          splits.map((value) => (value === null ? '' : formatValue(value, unit))),
      },
    ],
    series: [
      {},
      ...series.map(({ name }, index) => ({
        label: name,
        stroke: getComputedStyle(swatches[index] ?? element).color,
        width: 2,
        dash: dashOf(index),
        points: { show: false },
      })),
    ],
    hooks: {
      setCursor: [({ cursor }: uPlot) => onPoint(cursor.idx ?? undefined)],
      draw: [(drawn: uPlot) => onDraw(areaOf(drawn))],
    },
  };
}

function linearRange(_plot: uPlot, _least: number | null, most: number | null): [number, number] {
  return [0, most === null || most === 0 ? 1 : most * 1.1];
}

function logarithmicRange(_plot: uPlot, _least: number | null, most: number | null): [number, number] {
  return [LEAST_SECONDS, 10 ** Math.ceil(Math.log10(Math.max(most ?? 0, 1) * 1.1))];
}

function decades(_plot: uPlot, _axis: number, least: number, most: number): number[] {
  return [0.001, 0.01, 0.1, 1, 10, 100].filter((value) => value >= least && value <= most * 1.001);
}

/** Hours and minutes: no step is shorter. */
function formatClock(seconds: number): string {
  return formatTime(seconds * 1_000_000).slice(0, 5);
}

function areaOf(plot: uPlot): Area {
  const ratio = devicePixelRatio;
  const { left, top, width, height } = plot.bbox;
  return {
    left: left / ratio,
    top: top / ratio,
    width: width / ratio,
    height: height / ratio,
    place: (time, value) => ({
      left: left / ratio + plot.valToPos(time, 'x'),
      top: top / ratio + plot.valToPos(Math.max(value, LEAST_SECONDS), 'y'),
    }),
  };
}

const SCHEMES = ['(prefers-color-scheme: dark)', '(forced-colors: active)'];

/** Changes with the colours, whatever their name. */
function useColourScheme(): string {
  const [scheme, setScheme] = useState(readScheme);
  useEffect(() => {
    const queries = SCHEMES.map((query) => matchMedia(query));
    const follow = () => setScheme(readScheme());
    for (const query of queries) query.addEventListener('change', follow);
    return () => {
      for (const query of queries) query.removeEventListener('change', follow);
    };
  }, []);
  return scheme;
}

function readScheme(): string {
  return SCHEMES.map((query) => matchMedia(query).matches).join();
}
