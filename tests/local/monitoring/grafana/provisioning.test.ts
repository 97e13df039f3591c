import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { expressions, interpolate } from '../../../../local/monitoring/grafana/expressions.ts';
import { JAEGER, POSTGRES, PROMETHEUS } from '../../../../local/monitoring/grafana/uids.ts';
import { stackFiles } from '../../../../local/monitoring/prometheus/configuration.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'local', 'monitoring', 'grafana', 'provisioning');

const Correlation = z.object({
  targetUID: z.string(),
  // Grafana does not start without these two.
  label: z.string(),
  description: z.string(),
  config: z.object({ type: z.literal('query'), field: z.string(), target: z.record(z.string(), z.unknown()) }),
});
const Sources = z.object({
  apiVersion: z.literal(1),
  datasources: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      uid: z.string(),
      url: z.string(),
      user: z.optional(z.string()),
      jsonData: z.record(z.string(), z.unknown()),
      secureJsonData: z.optional(z.record(z.string(), z.string())),
      correlations: z._default(z.array(Correlation), []),
    }),
  ),
});

function read(path: string): unknown {
  return parse(readFileSync(join(FOLDER, path), 'utf8'));
}

const text = readFileSync(join(FOLDER, 'datasources', 'data-sources.yaml'), 'utf8');
const sources = Sources.parse(parse(text)).datasources;

function source(uid: string) {
  return sources.find((each) => each.uid === uid) ?? assert.fail(uid);
}

describe('the data sources', () => {
  it('are where compose has them, under the uids that the dashboards use', () => {
    assert.deepEqual(
      sources.map(({ type, uid, url }) => [type, uid, url]),
      [
        ['prometheus', PROMETHEUS.uid, 'http://prometheus:9090'],
        ['jaeger', JAEGER.uid, 'http://jaeger:16686'],
        ['grafana-postgresql-datasource', POSTGRES.uid, 'postgres:5432'],
      ],
    );
  });

  it('leave to Grafana’s environment the password and nothing else: any other $ is doubled', () => {
    assert.deepEqual(text.match(/(?<!\$)\$(?!\$).*/g), ['$__env{PRIOR_AUTH_GRAFANA_PASSWORD}']);
    assert.equal(source(POSTGRES.uid).secureJsonData?.['password'], '$__env{PRIOR_AUTH_GRAFANA_PASSWORD}');
    assert.equal(source(POSTGRES.uid).user, 'prior_auth_grafana');
  });

  it('take a rate over four of Prometheus’ scrapes, of whichever job: a slower one would have no rates', () => {
    const Interval = z.object({ scrape_interval: z.optional(z.string()) });
    const sandbox = {
      ...{ metricsUrl: new URL('https://sandbox.example/metrics'), tokenUrl: new URL('https://login.example/token') },
      ...{ clientId: 'scraper', clientSecret: 'rosebud' },
    };
    const { global, scrape_configs } = z
      .object({ global: Interval, scrape_configs: z.array(Interval) })
      .parse(parse(stackFiles(sandbox)['stack.yml'] ?? ''));
    assert.equal(scrape_configs.length, 3);
    for (const { scrape_interval = global.scrape_interval } of scrape_configs)
      assert.equal(source(PROMETHEUS.uid).jsonData['timeInterval'], scrape_interval);
  });
});

describe('the way', () => {
  it('from an exemplar goes to its trace and to its request, by addresses of one’s own', () => {
    const Destinations = z.array(z.strictObject({ name: z.string(), urlDisplayLabel: z.string(), url: z.string() }));
    const [toTrace, toRequest] = Destinations.parse(source(PROMETHEUS.uid).jsonData['exemplarTraceIdDestinations']);
    assert.deepEqual([toTrace?.name, toRequest?.name], ['trace_id', 'trace_id']);
    const panes = new URL(toTrace?.url ?? '', 'http://grafana').searchParams.get('panes') ?? '';
    assert.match(panes, new RegExp(`"datasource":"${JAEGER.uid}".*"query":"\\$\\$\\{__value.raw\\}"`));
    assert.doesNotMatch(panes, /queryType/);
    assert.equal(toRequest?.url, '/d/prior-auth-request?var-trace_id=$${__value.raw}&var-request_id=');
  });

  it('from a span goes to the audit rows of its trace, and from an audit row to its trace', () => {
    const [toRows] = source(JAEGER.uid).correlations;
    assert.deepEqual([toRows?.targetUID, toRows?.config.field], [POSTGRES.uid, 'traceID']);
    assert.match(String(toRows?.config.target['rawSql']), /trace_id = '\$\$\{traceID\}'/);
    const [toTrace] = source(POSTGRES.uid).correlations;
    assert.deepEqual([toTrace?.targetUID, toTrace?.config.field], [JAEGER.uid, 'trace_id']);
    assert.deepEqual(toTrace?.config.target, { query: '$${trace_id}' });
  });

  it('from a span goes to the metrics around it, by an expression that a dashboard has too', () => {
    const { queries, datasourceUid } = z
      .object({ datasourceUid: z.string(), queries: z.array(z.object({ query: z.string() })) })
      .parse(source(JAEGER.uid).jsonData['tracesToMetrics']);
    assert.equal(datasourceUid, PROMETHEUS.uid);
    assert.equal(queries.length, 1);
    const known = expressions().map(({ expr }) => interpolate(expr));
    for (const { query } of queries) assert.ok(known.includes(query), query);
  });
});

describe('the container of Grafana', () => {
  it('has the folders and the password where these files look for them', () => {
    const Compose = z.object({
      services: z.object({
        grafana: z.object({ volumes: z.array(z.string()), environment: z.record(z.string(), z.string()) }),
      }),
    });
    const file = join(FOLDER, '..', '..', '..', '..', 'docker-compose.local.yml');
    const { volumes, environment } = Compose.parse(parse(readFileSync(file, 'utf8'), { merge: true })).services.grafana;
    for (const folder of ['provisioning', 'dashboards']) {
      const mount = `./local/monitoring/grafana/${folder}:/etc/grafana/${folder}:`;
      assert.ok(
        volumes.some((volume) => volume.startsWith(mount)),
        mount,
      );
    }
    assert.ok(Object.hasOwn(environment, 'PRIOR_AUTH_GRAFANA_PASSWORD'));
  });
});

describe('the dashboards', () => {
  it('are read from their folder, and stay as they are generated', () => {
    const Providers = z.object({
      apiVersion: z.literal(1),
      providers: z.array(
        z.object({ type: z.string(), allowUiUpdates: z.boolean(), options: z.object({ path: z.string() }) }),
      ),
    });
    const { providers } = Providers.parse(read('dashboards/dashboards.yaml'));
    assert.deepEqual(
      providers.map(({ type, allowUiUpdates, options }) => [type, allowUiUpdates, options.path]),
      [['file', false, '/etc/grafana/dashboards']],
    );
    const generated = readdirSync(join(FOLDER, '..', 'dashboards')).filter((name) => name.endsWith('.json'));
    assert.deepEqual(generated.sort(), ['bridge.json', 'request.json', 'service.json', 'slo.json']);
  });
});
