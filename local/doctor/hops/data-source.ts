import { isReply, readJson, type Reply, type Unreachable } from '../../client/http.ts';
import * as z from 'zod/mini';
import { JAEGER, POSTGRES, PROMETHEUS } from '../../monitoring/grafana/uids.ts';
import { logsOf, restart } from '../advice.ts';
import { absent, broken, passed, type Broken, type Finding } from '../hop.ts';
import { PATIENCE_MS } from '../patience.ts';
import type { AskGrafana } from './grafana.ts';

/** What Grafana asks, and where it must look for it: by the names that containers have for one another. */
export const DATA_SOURCES = [
  { name: 'Prometheus', service: 'prometheus', uid: PROMETHEUS.uid, url: 'http://prometheus:9090' },
  { name: 'Jaeger', service: 'jaeger', uid: JAEGER.uid, url: 'http://jaeger:16686' },
  { name: 'PostgreSQL', service: 'postgres', uid: POSTGRES.uid, url: 'postgres:5432' },
] as const;
export type DataSource = (typeof DATA_SOURCES)[number];

/** https://grafana.com/docs/grafana/latest/developers/http_api/data_source/#check-data-source-health */
const Health = z.object({ status: z.optional(z.string()), message: z.string(), messageId: z.optional(z.string()) });

export async function checkDataSource(ask: AskGrafana, source: DataSource): Promise<Finding<undefined>> {
  return judgeDataSource(await ask(`/api/datasources/uid/${source.uid}/health`, PATIENCE_MS.dataSources), source);
}

export function judgeDataSource(reply: Reply | Unreachable, source: DataSource): Finding<undefined> {
  if (!isReply(reply)) {
    const cause = `Grafana waits for ${source.name} in vain: it is down, or hangs.`;
    return broken(`no answer in time (${reply.code})`, cause, `${logsOf(source.service)} says more.`);
  }
  const health = readJson(Health, reply);
  const message = health?.message.trim().split('\n')[0] ?? `status ${reply.status}`;
  if (reply.status === 200 && health?.status === 'OK') return passed(message, undefined);
  if (health?.messageId === 'plugin.unavailable') return absent('its plugin has no health check');
  return explain(message, source);
}

function explain(message: string, source: DataSource): Broken {
  const { name, url } = source;
  const host = /lookup (\S+?)(?: on \S+)?: (?:no such host|server misbehaving)/.exec(message)?.[1];
  const provisioned = `The data source’s URL must be ${url}: set it in local/monitoring/grafana/provisioning.ts, npm run generate, npm run stack`;
  if (host !== undefined) {
    return broken(
      message,
      `Grafana does not know the host ${host}: on the network observability the names of hosts are those of services.`,
      `${provisioned}. If it is, the service is down: ${restart(source.service)}`,
    );
  }
  if (message.includes('connection refused')) {
    return broken(
      message,
      `Where Grafana looks for ${name}, nothing listens: in a container localhost is the container itself, or ${name} is down.`,
      `${provisioned}. ${logsOf(source.service)} says more.`,
    );
  }
  if (/password authentication failed|role ".*" does not exist/.test(message)) {
    return broken(
      message,
      'The role prior_auth_grafana has another password than Grafana, or is not there yet.',
      'npm run stack makes the role and gives it PRIOR_AUTH_GRAFANA_PASSWORD.',
    );
  }
  return broken(message, `Grafana cannot use ${name}; its own words say why.`, `${logsOf(source.service)} says more.`);
}
