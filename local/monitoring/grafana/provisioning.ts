/** What Grafana reads at its start: its data sources, how they lead to one another, and where its dashboards are. */
import { AUDIT_ROWS_OF_SPAN } from './audit-sql.ts';
import { interpolate } from './expressions.ts';
import { oneRequest, traceInExplore } from './links.ts';
import { perSecond } from './promql.ts';
import { select } from '../prometheus/selector.ts';
import { JAEGER, POSTGRES, PROMETHEUS } from './uids.ts';

const PROMETHEUS_SOURCE = {
  name: 'Prometheus',
  ...PROMETHEUS,
  access: 'proxy',
  url: 'http://prometheus:9090',
  isDefault: true,
  editable: false,
  jsonData: {
    httpMethod: 'POST',
    prometheusType: 'Prometheus',
    // That of local/monitoring/prometheus/prometheus.yml: Grafana takes four of these for a rate.
    timeInterval: '15s',
    exemplarTraceIdDestinations: [traceInExplore, (id: string) => oneRequest('trace_id', id)].map((link) => {
      const { title, url } = link('${__value.raw}');
      return { name: 'trace_id', urlDisplayLabel: title, url };
    }),
  },
};

const JAEGER_SOURCE = {
  name: 'Jaeger',
  ...JAEGER,
  access: 'proxy',
  url: 'http://jaeger:16686',
  editable: false,
  jsonData: {
    tracesToMetrics: {
      datasourceUid: PROMETHEUS.uid,
      spanStartTimeShift: '-15m',
      spanEndTimeShift: '15m',
      queries: [
        {
          name: 'Submits per second around this span',
          query: interpolate(perSecond(select('prior_auth_requests_total'), 'status')),
        },
      ],
    },
  },
  correlations: [
    {
      targetUID: POSTGRES.uid,
      label: 'Audit trail',
      description: 'What was recorded of the request in the same transaction',
      config: {
        type: 'query',
        field: 'traceID',
        target: { rawSql: AUDIT_ROWS_OF_SPAN, rawQuery: true, editorMode: 'code', format: 'table' },
      },
    },
  ],
};

const POSTGRES_SOURCE = {
  name: 'PostgreSQL',
  ...POSTGRES,
  access: 'proxy',
  url: 'postgres:5432',
  user: 'prior_auth_grafana',
  editable: false,
  secureJsonData: { password: '$__env{PRIOR_AUTH_GRAFANA_PASSWORD}' },
  jsonData: {
    database: 'prior_auth',
    // Between two containers of this machine.
    sslmode: 'disable',
    postgresVersion: 1000,
    maxOpenConns: 4,
    maxIdleConns: 2,
    maxIdleConnsAuto: false,
    connMaxLifetime: 14_400,
  },
  correlations: [
    {
      targetUID: JAEGER.uid,
      label: 'Trace',
      description: 'Where the time of the request went',
      config: { type: 'query', field: 'trace_id', target: { query: '${trace_id}' } },
    },
  ],
};

/** https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources */
export const DATA_SOURCES = {
  apiVersion: 1,
  prune: true,
  datasources: [PROMETHEUS_SOURCE, JAEGER_SOURCE, POSTGRES_SOURCE],
};

/** https://grafana.com/docs/grafana/latest/administration/provisioning/#dashboards */
export const DASHBOARD_PROVIDERS = {
  apiVersion: 1,
  providers: [
    {
      name: 'prior-auth',
      folder: 'Prior authorization',
      type: 'file',
      disableDeletion: true,
      allowUiUpdates: false,
      options: { path: '/etc/grafana/dashboards' },
    },
  ],
};

/**
 * Grafana takes `$` in these files for its environment, so in whatever it shall pass on it is doubled. `$__env{NAME}`
 * is the one that it shall read.
 */
export function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('$__env{') ? value : value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, escaped(inner)]));
}
