/**
 * The only metrics on the dashboards that are not of the catalogue: counted from spans by the collector
 * (local/monitoring/collector/collector.yaml), so `npm run local` has none of them.
 */
import { SERVICE } from '../../../functions/contract/catalogue.ts';

const PREFIX = 'traces_span_metrics_';
const CALLS = `${PREFIX}calls_total`;
const DURATION_BUCKET = `${PREFIX}duration_seconds_bucket`;

/** Whether an expression has data only where a collector runs. */
export function needsCollector(expr: string): boolean {
  return expr.includes(PREFIX);
}

export const SPANS_PER_SECOND = `sum by (span_name) (rate(${CALLS}{service_name="${SERVICE}"}[$__rate_interval]))`;

export const SPAN_P95 = `histogram_quantile(0.95, sum by (le, span_name) (rate(${DURATION_BUCKET}{service_name="${SERVICE}"}[$__rate_interval])))`;
