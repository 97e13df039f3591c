/**
 * Addresses inside Grafana, with Grafana's own variables in them. They are paths, so they hold wherever Grafana is
 * served.
 *
 * An exemplar leads to its trace by such an address and not by the data source's internal link: that one asks Jaeger in
 * Tempo's query language, and Jaeger's data source then finds nothing
 * (https://github.com/grafana/grafana/issues/111448).
 */
import { SERVICE } from '../../../functions/contract/catalogue.ts';
import { JAEGER, REQUEST_DASHBOARD } from './uids.ts';

export interface Link {
  readonly title: string;
  readonly url: string;
}

/** @param variable as Grafana writes it, such as `${__value.raw}`; it must hold a trace id */
export function traceInExplore(variable: string): Link {
  return { title: 'Trace', url: explore({ query: variable }, { from: 'now-1h', to: 'now' }) };
}

/** The submits of the time that a panel shows. */
export const TRACES_OF_TIME: Link = {
  title: 'Traces of this time',
  url: explore(
    { queryType: 'search', service: SERVICE, operation: 'POST /prior-auth/submit', limit: 20 },
    { from: '${__from}', to: '${__to}' },
  ),
};

/** The dashboard of one request, by a trace id or by a request id; naming one clears the other. */
export function oneRequest(by: 'trace_id' | 'request_id', variable: string): Link {
  const other = by === 'trace_id' ? 'request_id' : 'trace_id';
  return { title: 'Trace and audit trail', url: `/d/${REQUEST_DASHBOARD}?var-${by}=${variable}&var-${other}=` };
}

/** The table of requests in the time that a panel shows. */
export const REQUESTS_OF_TIME: Link = {
  title: 'Requests of this time',
  url: `/d/${REQUEST_DASHBOARD}?from=\${__from}&to=\${__to}`,
};

/**
 * https://grafana.com/docs/grafana/latest/explore/get-started-with-explore/#generate-explore-urls-from-external-tools
 */
function explore(query: Record<string, string | number>, range: { from: string; to: string }): string {
  const pane = { datasource: JAEGER.uid, queries: [{ refId: 'A', datasource: JAEGER, ...query }], range };
  return `/explore?schemaVersion=1&orgId=1&panes=${encode(JSON.stringify({ trace: pane }))}`;
}

/** Percent-encoded, but for Grafana's variables: it finds them in the address as it is written. */
function encode(text: string): string {
  return text
    .split(/(\$\{[\w.]+\})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
    .join('');
}
