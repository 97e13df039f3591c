/** The kinds of panel that the dashboards are made of, each with the looks that all of its kind share. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  PanelBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Link } from './links.ts';
import { JAEGER, POSTGRES, PROMETHEUS } from './uids.ts';

/** Grafana's grid has 24 columns; a unit is a constant of the SDK's `units`. */
interface Shape {
  readonly title: string;
  /** What it answers, and what to do when it looks wrong. */
  readonly description: string;
  readonly width: number;
}
interface Metric extends Shape {
  readonly unit: string;
}

const GRAPH_HEIGHT = 8;
const STAT_HEIGHT = 4;
const TABLE_HEIGHT = 14;

export function graph(shape: Metric, queries: readonly DataqueryBuilder[], links: readonly Link[] = []) {
  const panel = new TimeseriesBuilder()
    .title(shape.title)
    .description(shape.description)
    .datasource(PROMETHEUS)
    .unit(shape.unit)
    .min(0)
    .height(GRAPH_HEIGHT)
    .span(shape.width)
    .legend(new VizLegendOptionsBuilder().showLegend(true))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .fillOpacity(10);
  if (links.length > 0) panel.dataLinks(links.map(dataLink));
  return panel.targets(withIds(queries));
}

/** A limit as a dashed line, red from there on. */
export function withLimit(panel: TimeseriesBuilder, limit: number): TimeseriesBuilder {
  return panel
    .thresholds(steps([limit, 'red']))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

/** One number. `limits` are the values from which it has another colour than green. */
export function stat(
  shape: Metric,
  queries: readonly DataqueryBuilder[],
  ...limits: [value: number, colour: string][]
): StatBuilder {
  return new StatBuilder()
    .title(shape.title)
    .description(shape.description)
    .datasource(PROMETHEUS)
    .unit(shape.unit)
    .height(STAT_HEIGHT)
    .span(shape.width)
    .graphMode(BigValueGraphMode.None)
    .thresholds(steps(...limits))
    .targets(withIds(queries));
}

/** Green at first, another colour from each limit on. */
export function steps(...limits: [value: number, colour: string][]): ThresholdsConfigBuilder {
  const coloured = limits.map(([value, color]) => ({ value, color }));
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: 'green' }, ...coloured]);
}

/** A table of rows. `links` are shown on the cells of the column they are keyed by. */
export function table(shape: Shape, query: Builder<Dataquery>, links: Readonly<Record<string, readonly Link[]>>) {
  const panel = new TableBuilder()
    .title(shape.title)
    .description(shape.description)
    .datasource(POSTGRES)
    .height(TABLE_HEIGHT)
    .span(shape.width)
    .targets([query]);
  for (const [column, targets] of Object.entries(links)) {
    panel.overrideByName(column, [{ id: 'links', value: targets.map((link) => dataLink(link).build()) }]);
  }
  return panel;
}

export function traceView(shape: Shape, query: Builder<Dataquery>): PanelBuilder {
  return new PanelBuilder()
    .type('traces')
    .title(shape.title)
    .description(shape.description)
    .datasource(JAEGER)
    .height(TABLE_HEIGHT)
    .span(shape.width)
    .targets([query]);
}

function dataLink({ title, url }: Link): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).url(url);
}

/** A, B, C …: Grafana tells the queries of a panel apart by these. */
function withIds(queries: readonly DataqueryBuilder[]): DataqueryBuilder[] {
  return queries.map((query, index) => query.refId(String.fromCharCode('A'.charCodeAt(0) + index)));
}
