import type { ChartSeries, Charts, Exemplar } from '../contract.ts';
import { BOUNDS, GROUPS, type Group } from './groups.ts';
import type { History } from './history.ts';
import { quantile } from './quantile.ts';
import { thin } from './thin.ts';
import { increases, rates } from './window.ts';

const MAX_EXEMPLARS_SHOWN = 200;
const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 };
/** More cannot be seen on a chart, and would be most of the answer. */
const SIGNIFICANT_DIGITS = 4;

/**
 * What the charts of the console draw: rates and quantiles over the last minute, at each scrape that is still known.
 * Pure.
 */
export function toCharts(history: History): Charts {
  return {
    times: [...history.times()],
    failure: history.failure(),
    requests: ratesOf(history, GROUPS.requests),
    latency: quantilesOf(history),
    operations: ratesOf(history, GROUPS.operations),
    failures: ratesOf(history, GROUPS.failures),
    bridge: ratesOf(history, GROUPS.bridge),
    uncounted: linesOf(GROUPS.uncounted, history.columns(GROUPS.uncounted), orNull),
    exemplars: thin(history.exemplars(), MAX_EXEMPLARS_SHOWN).map(toExemplar),
  };
}

function toExemplar({ traceID, at, value, status }: Exemplar): Exemplar {
  return { traceID, at, value, status };
}

function ratesOf(history: History, group: Group): ChartSeries[] {
  const times = history.times();
  const perSecond = history.columns(group).map((column) => rates(times, column));
  return linesOf(group, perSecond, rounded);
}

function linesOf(
  { lines }: Group,
  columns: readonly Float64Array[],
  toValue: (value: number) => number | null,
): ChartSeries[] {
  return columns.map((column, line) => ({ name: lines[line] ?? '', values: Array.from(column, toValue) }));
}

function quantilesOf(history: History): ChartSeries[] {
  const times = history.times();
  const buckets = history.columns(GROUPS.buckets).map((column) => increases(times, column));
  const cumulated = Array.from(times, (_, index) => buckets.map((bucket) => bucket[index] ?? NaN));
  return Object.entries(QUANTILES).map(([name, share]) => ({
    name,
    values: cumulated.map((counts) => rounded(quantile(share, BOUNDS, counts) ?? NaN)),
  }));
}

function rounded(value: number): number | null {
  return orNull(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
