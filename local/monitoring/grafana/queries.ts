/** What a panel asks of each data source. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { JAEGER, POSTGRES, PROMETHEUS } from './uids.ts';

/** A line of a graph, for as long as it shows. `{{label}}` in the legend stands for a label's value. */
export function overTime(expr: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(PROMETHEUS).expr(expr).range().legendFormat(legend);
}

/** One value, now. */
export function now(expr: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .datasource(PROMETHEUS)
    .expr(expr)
    .instant()
    .format(PromQueryFormat.TimeSeries)
    .legendFormat(legend);
}

/** Rows of PostgreSQL, which Grafana's account may read (infra/database/0004_grafana.sql). */
export function rows(rawSql: string): Builder<Dataquery> {
  return query({ datasource: POSTGRES, rawSql, rawQuery: true, editorMode: 'code', format: 'table' });
}

/** One trace; without a query type Jaeger's data source takes the query for a trace id. */
export function trace(id: string): Builder<Dataquery> {
  return query({ datasource: JAEGER, query: id });
}

/** For the two data sources that the SDK has no query of. */
function query(fields: Readonly<Record<string, unknown>>): Builder<Dataquery> {
  return { build: () => ({ refId: 'A', ...fields, _implementsDataqueryVariant: () => undefined }) };
}
