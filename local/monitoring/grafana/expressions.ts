/**
 * Every PromQL expression that a dashboard shows, read back from the dashboards: one that is added there is listed
 * here.
 */
import * as z from 'zod/mini';
import { SERVICE } from '../../../functions/contract/catalogue.ts';
import { DASHBOARDS } from './all-dashboards.ts';
import { needsCollector } from './span-metrics.ts';
import { PROMETHEUS } from './uids.ts';

export interface Expression {
  readonly dashboard: string;
  readonly panel: string;
  /** Of the whole panel, as Grafana names units. */
  readonly unit: string;
  /** With Grafana's variables in it. */
  readonly expr: string;
  /** Grafana also asks for the exemplars of what the expression selects. */
  readonly exemplars: boolean;
  /** It has data only where the collector counts spans. */
  readonly needsCollector: boolean;
}

const Target = z.object({
  datasource: z.object({ uid: z.string() }),
  expr: z.optional(z.string()),
  exemplar: z.optional(z.boolean()),
});
const Panel = z.object({
  title: z.string(),
  targets: z._default(z.array(Target), []),
  fieldConfig: z.optional(z.object({ defaults: z.object({ unit: z.optional(z.string()) }) })),
});
const Dashboard = z.object({ panels: z.array(Panel) });

export function expressions(): Expression[] {
  return Object.entries(DASHBOARDS).flatMap(([dashboard, built]) =>
    Dashboard.parse(built).panels.flatMap(({ title, targets, fieldConfig }) =>
      targets
        .filter(({ datasource }) => datasource.uid === PROMETHEUS.uid)
        .map(({ expr = '', exemplar = false }) => ({
          dashboard,
          panel: title,
          unit: fieldConfig?.defaults.unit ?? '',
          expr,
          exemplars: exemplar,
          needsCollector: needsCollector(expr),
        })),
    ),
  );
}

/** What Grafana puts in for its variables in the last hour of a dashboard, a scrape each 15 s. */
export interface Shown {
  readonly job: string;
  /** Four scrapes, unless the screen is narrower than the time is long. */
  readonly rateInterval: string;
  readonly range: string;
}
const LAST_HOUR: Shown = { job: SERVICE, rateInterval: '1m', range: '1h' };

/** An expression as Prometheus gets it. */
export function interpolate(expr: string, { job, rateInterval, range }: Shown = LAST_HOUR): string {
  return expr.replaceAll('$__rate_interval', rateInterval).replaceAll('$__range', range).replaceAll('$job', job);
}
