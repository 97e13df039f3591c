/** How dashboards, links and provisioning name one another: a uid stays the same whatever a title becomes. */

/** A data source as a panel refers to it: the plugin and the uid that provisioning gives it. */
export interface DataSource {
  readonly type: string;
  readonly uid: string;
}

export const PROMETHEUS = { type: 'prometheus', uid: 'prior-auth-prometheus' } as const satisfies DataSource;
export const JAEGER = { type: 'jaeger', uid: 'prior-auth-jaeger' } as const satisfies DataSource;
export const POSTGRES = {
  type: 'grafana-postgresql-datasource',
  uid: 'prior-auth-postgres',
} as const satisfies DataSource;

export const SERVICE_DASHBOARD = 'prior-auth-service';
export const BRIDGE_DASHBOARD = 'prior-auth-bridge';
export const SLO_DASHBOARD = 'prior-auth-slo';
export const REQUEST_DASHBOARD = 'prior-auth-request';

/** On every dashboard of this project; each links to all that have it. */
export const TAG = 'prior-auth';
