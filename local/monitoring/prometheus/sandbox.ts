/**
 * A deployed service whose `/metrics` is scraped beside the local one, so that the same dashboards and alerts show
 * both.
 */
import { SERVICE } from '../../../functions/contract/catalogue.ts';

/** How to reach it: an OAuth 2.0 client-credentials grant, as the deployed API's own callers have. */
export interface Sandbox {
  readonly metricsUrl: URL;
  readonly tokenUrl: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Space-separated; what the client is allowed by default where absent. */
  readonly scope?: string | undefined;
}

/** The secret is a file of its own, so that the configuration can be shown. */
export const SECRET_FILE = 'sandbox-client-secret';

/**
 * The scrape job, in the words of Prometheus' configuration. At the pace of the others: the dashboards take a rate over
 * four scrapes of the data source's one interval, and of a slower job they would show nothing. Any pace keeps the
 * sandbox's database awake.
 */
export function sandboxJob({ metricsUrl, tokenUrl, clientId, scope }: Sandbox): Readonly<Record<string, unknown>> {
  return {
    job_name: `${SERVICE}-sandbox`,
    scheme: metricsUrl.protocol.slice(0, -1),
    metrics_path: metricsUrl.pathname,
    sample_limit: 10_000,
    oauth2: {
      client_id: clientId,
      client_secret_file: SECRET_FILE,
      token_url: tokenUrl.href,
      ...(scope === undefined ? {} : { scopes: scope.split(' ') }),
    },
    static_configs: [{ targets: [metricsUrl.host] }],
  };
}
