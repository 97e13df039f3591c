/** One writer for Prometheus text 0.0.4 and OpenMetrics 1.0. Pure. */
import { CATALOGUE, type Histogram, type MetricName } from '../contract/catalogue.ts';
import { isMetricName, metricOf, seriesKey, type Exemplar, type Labels, type Series } from './series.ts';

export type Format = 'text' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

const TOTAL = '_total';

/**
 * Writes every metric of the catalogue that has a series, in the catalogue's order. What a request or the bridge counts
 * has all its series from the start, at 0: without a first 0, `rate()` and `increase()` miss the first event.
 */
export function render(series: readonly Series[], format: Format): string {
  const families = Map.groupBy(withZeros(series), (each) => each.metric);
  const blocks = Object.keys(CATALOGUE)
    .filter(isMetricName)
    .map((name) => renderFamily(name, families.get(name) ?? [], format));
  return blocks.join('') + (format === 'openmetrics' ? '# EOF\n' : '');
}

function withZeros(series: readonly Series[]): Series[] {
  const byKey = new Map([...ZEROS, ...series].map((each) => [seriesKey(each.metric, each.labels), each]));
  return [...byKey.values()];
}

const ZEROS: readonly Series[] = Object.keys(CATALOGUE)
  .filter(isMetricName)
  .flatMap((metric) => {
    const definition = metricOf(metric);
    if (definition.type === 'gauge') return [];
    const zero = definition.type === 'histogram' ? { buckets: definition.buckets.map(() => 0n).concat(0n) } : {};
    return labelSets(definition.labels).map((labels) => ({ metric, labels, value: 0n, ...zero }));
  });

function labelSets(labels: Readonly<Record<string, readonly string[] | null>>): Labels[] {
  return Object.entries(labels).reduce<Labels[]>(
    (sets, [label, values]) => sets.flatMap((set) => (values ?? []).map((value) => ({ ...set, [label]: value }))),
    [{}],
  );
}

function renderFamily(name: MetricName, series: readonly Series[], format: Format): string {
  if (series.length === 0) return '';
  const { type, help, ...definition } = metricOf(name);
  // OpenMetrics names a counter without the `_total` of its samples.
  const family = format === 'openmetrics' && name.endsWith(TOTAL) ? name.slice(0, -TOTAL.length) : name;
  const unit = format === 'openmetrics' && 'unit' in definition ? `# UNIT ${family} ${definition.unit}\n` : '';
  const lines = series.map((each) => renderSeries(name, each, format));
  return `# HELP ${family} ${escapeHelp(help, format)}\n# TYPE ${family} ${type}\n${unit}${lines.join('')}`;
}

function renderSeries(name: MetricName, series: Series, format: Format): string {
  const definition = metricOf(name);
  if (definition.type === 'histogram') return renderHistogram(name, definition, series, format);
  const value = 'unit' in definition ? toSeconds(series.value) : String(series.value);
  return `${name}${renderLabels(series.labels)} ${value}\n`;
}

function renderHistogram(name: MetricName, { buckets: bounds }: Histogram, series: Series, format: Format): string {
  // Written once for all buckets of a series: they are half of a scrape's work otherwise.
  const pairs = toPairs(series.labels).map((pair) => `${pair},`);
  const bucket = `${name}_bucket{${pairs.join('')}le="`;
  let cumulated = 0n;
  const lines = (series.buckets ?? []).map((count, index) => {
    cumulated += count;
    const exemplar = format === 'openmetrics' ? renderExemplar(series.exemplars?.[index]) : '';
    return `${bucket}${renderBound(bounds[index] ?? Infinity)}"} ${cumulated}${exemplar}\n`;
  });
  const labels = renderLabels(series.labels);
  return `${lines.join('')}${name}_sum${labels} ${toSeconds(series.value)}\n${name}_count${labels} ${cumulated}\n`;
}

/** `1.0`, not `1`: Prometheus 3 writes it so, and a bound must be spelt the same in both formats. */
function renderBound(bound: number): string {
  if (bound === Infinity) return '+Inf';
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function renderExemplar(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  return ` # {trace_id="${exemplar.traceId}"} ${exemplar.value} ${(exemplar.at / 1000).toFixed(3)}`;
}

/** Exact: microseconds as a decimal fraction of seconds, without a detour through floating point. */
function toSeconds(microseconds: bigint): string {
  const digits = String(microseconds).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/(\.\d+?)0+$/, '$1');
}

function renderLabels(labels: Labels): string {
  const pairs = toPairs(labels);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function toPairs(labels: Labels): string[] {
  return Object.entries(labels).map(([label, value]) => `${label}="${escapeValue(value)}"`);
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function escapeHelp(help: string, format: Format): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}
