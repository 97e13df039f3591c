import { Ajv2020 } from 'ajv/dist/2020.js';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { parseSettings, ROOT } from '../local/machine/settings.ts';
import { publishedPorts } from '../local/machine/containers.ts';
import { dockerEnvironment } from '../local/stack/settings.ts';
import { lintCompose, sourceOf } from './compose-lint.ts';

const SOURCE = readFileSync(join(ROOT, 'docker-compose.local.yml'), 'utf8');
const SCHEMA = readFileSync(join(ROOT, 'tests', 'fixtures', 'compose-spec', 'compose-spec.json'), 'utf8');

const Service = z.record(z.string(), z.unknown());
const Document = z.looseObject({ services: z.record(z.string(), Service) });

/** A new copy, merge keys resolved as Compose does. */
function compose() {
  return Document.parse(parse(SOURCE, { merge: true }));
}

/** A service that may be changed. */
function serviceOf(document: z.infer<typeof Document>, name: string): Record<string, unknown> {
  const service = document.services[name];
  assert.ok(service, name);
  return service;
}

const Schema = z.record(z.string(), z.unknown());
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(Schema.parse(JSON.parse(SCHEMA)));

describe('docker-compose.local.yml', () => {
  test('keeps to the schema of the Compose Specification', () => {
    assert.equal(validate(compose()), true, JSON.stringify(validate.errors));
  });

  test('would not with a member that does not exist, or a value of the wrong type', () => {
    for (const [key, value] of Object.entries({
      mem_limits: '1g',
      healthcheck: { test: 5 },
      depends_on: { jaeger: {} },
    })) {
      const changed = compose();
      serviceOf(changed, 'collector')[key] = value;
      assert.equal(validate(changed), false, key);
    }
  });

  test('is pinned, contained, and published on 127.0.0.1 only', () => {
    assert.deepEqual(lintCompose(compose()), []);
  });

  const FAULTS: [string, string, unknown, string][] = [
    ['grafana', 'image', 'grafana/grafana:latest', 'has the image grafana/grafana:latest, not one release'],
    ['grafana', 'image', 'grafana/grafana', 'has the image grafana/grafana, not one release'],
    ['jaeger', 'user', '0:0', 'runs as 0:0'],
    ['jaeger', 'user', undefined, 'runs as the user of the image'],
    ['prometheus', 'cap_drop', ['NET_RAW'], 'keeps capabilities'],
    ['prometheus', 'security_opt', [], 'may gain privileges'],
    ['postgres', 'read_only', false, 'can write to its image'],
    ['postgres', 'mem_limit', undefined, 'has no memory limit'],
    ['postgres', 'pids_limit', undefined, 'has no limit of processes'],
    ['collector', 'restart', 'always', 'is restarted: always'],
    ['collector', 'logging', undefined, 'has an unlimited log'],
    ['grafana', 'healthcheck', undefined, 'has no health check'],
    ['collector', 'healthcheck', { test: ['NONE'] }, 'has a health check and an excuse'],
    [
      'collector-health',
      'depends_on',
      { collector: { condition: 'service_healthy' } },
      'waits for collector by service_healthy, not service_started',
    ],
    [
      'collector',
      'depends_on',
      { jaeger: { condition: 'service_started' } },
      'waits for jaeger by service_started, not service_healthy',
    ],
    ['jaeger', 'ports', ['16686:16686'], 'publishes 16686:16686'],
    ['jaeger', 'ports', ['0.0.0.0:16686:16686'], 'publishes 0.0.0.0:16686:16686'],
    ['jaeger', 'networks', [], 'is on the default network'],
    ['grafana', 'volumes', ['/var/run/docker.sock:/s', 'grafana-data:/d'], 'mounts /var/run/docker.sock'],
    [
      'grafana',
      'volumes',
      ['./local/monitoring/grafana:/g', 'grafana-data:/d'],
      'may write to ./local/monitoring/grafana',
    ],
    ['grafana', 'privileged', true, 'has privileged'],
    ['grafana', 'network_mode', 'host', 'has network_mode'],
  ];
  for (const [name, key, value, fault] of FAULTS) {
    test(`would be refused if ${name} ${fault}`, () => {
      const changed = compose();
      const service = serviceOf(changed, name);
      if (value === undefined) Reflect.deleteProperty(service, key);
      else service[key] = value;
      const faults = lintCompose(changed);
      assert.ok(faults.includes(`${name} ${fault}`), faults.join('\n'));
    });
  }

  test('would be refused with a volume or network that nothing uses', () => {
    const changed = { ...compose(), networks: { observability: {}, other: {} } };
    serviceOf(changed, 'jaeger')['volumes'] = [];
    assert.deepEqual(lintCompose(changed), ['the network other is not used', 'the volume jaeger-data is not used']);
  });

  test('mounts only what is there', () => {
    const mounted = Object.values(compose().services).flatMap(({ volumes }) =>
      z.array(z.string()).parse(volumes ?? []),
    );
    const folders = mounted.map(sourceOf).flatMap((source) => /\.\/local\/[\w/]+/.exec(source) ?? []);
    assert.ok(folders.length >= 6);
    for (const folder of folders) assert.ok(existsSync(join(ROOT, folder)), folder);
  });

  test('runs by itself with the defaults of npm run stack, and takes every setting that it is given', () => {
    const settings = parseSettings({});
    const expected: NodeJS.ProcessEnv = {
      ...dockerEnvironment(settings),
      PROMETHEUS_FOLDER: './local/monitoring/prometheus',
      ALERTMANAGER_FOLDER: './local/monitoring/alertmanager',
    };
    const variables = [...SOURCE.matchAll(/\$\{(\w+):-([^}]*)\}/g)].map(
      ([, name = '', value]) => [name, value] as const,
    );
    for (const [name, value] of variables) assert.equal(value, expected[name], name);
    assert.deepEqual(
      [...new Set(variables.map(([name]) => name))].sort(),
      [
        ...Object.keys(publishedPorts(settings)),
        ...['POSTGRES_PASSWORD', 'PRIOR_AUTH_GRAFANA_PASSWORD', 'GRAFANA_PASSWORD'],
        ...['PROMETHEUS_FOLDER', 'ALERTMANAGER_FOLDER'],
      ].sort(),
    );
    assert.doesNotMatch(SOURCE.replaceAll(/\$\{(\w+):-([^}]*)\}/g, ''), /\$/);
  });

  test('has its parts listen where the others ask for them', () => {
    const read = (...path: string[]) => readFileSync(join(ROOT, 'local', 'monitoring', ...path), 'utf8');
    const [collector, jaeger] = [read('collector', 'collector.yaml'), read('jaeger', 'jaeger.yaml')];
    const asking = [
      read('prometheus', 'stack.yml'),
      read('grafana', 'provisioning', 'datasources', 'data-sources.yaml'),
      collector,
      JSON.stringify(serviceOf(compose(), 'collector-health')),
    ].join('\n');
    const { services } = compose();
    const asked = [...asking.matchAll(/\b([a-z]+):(\d{4,5})\b/g)].filter(([, name = '']) => name in services);
    assert.deepEqual([...new Set(asked.map(([address]) => address))].sort(), [
      ...['alertmanager:9093', 'collector:13133', 'collector:8889', 'jaeger:16686', 'jaeger:4317', 'postgres:5432'],
      'prometheus:9090',
    ]);
    for (const port of [13133, 8889, 4318]) assert.match(collector, new RegExp(`0\\.0\\.0\\.0:${port}\\b`));
    for (const port of [13133, 16686, 4317]) assert.match(jaeger, new RegExp(`0\\.0\\.0\\.0:${port}\\b`));
  });

  test('gives Grafana what its data source PostgreSQL reads', () => {
    const [grafana, postgres] = ['grafana', 'postgres'].map((name) =>
      z.record(z.string(), z.string()).parse(serviceOf(compose(), name)['environment']),
    );
    const sources = readFileSync(
      join(ROOT, 'local/monitoring/grafana/provisioning/datasources/data-sources.yaml'),
      'utf8',
    );
    const [, variable = ''] = /\$__env\{(\w+)\}/.exec(sources) ?? [];
    assert.ok(grafana?.[variable], variable);
    assert.ok(sources.includes(`database: ${postgres?.['POSTGRES_DB']}\n`));
  });

  test('publishes the ports of the manual', () => {
    const published = Object.values(compose().services).flatMap(({ ports }) => z.array(z.string()).parse(ports ?? []));
    const numbers = published.map((port) => /:-(\d+)\}/.exec(port)?.[1]);
    assert.deepEqual(numbers.sort(), ['16686', '3000', '4318', '5432', '9090', '9093']);
  });

  test('keeps row data out of the log of PostgreSQL, and checks its pages', () => {
    const { command, environment } = serviceOf(compose(), 'postgres');
    const settings = z
      .array(z.string())
      .parse(command)
      .filter((part) => part.includes('='));
    for (const setting of [
      'log_error_verbosity=terse',
      'log_parameter_max_length=0',
      'log_parameter_max_length_on_error=0',
      'log_min_error_statement=panic',
    ])
      assert.ok(settings.includes(setting), setting);
    assert.match(JSON.stringify(environment), /--data-checksums/);
  });

  test('runs a Jaeger that still has the search that its readers use', () => {
    const { image } = serviceOf(compose(), 'jaeger');
    const [major = 0, minor = 0] = /:(\d+)\.(\d+)/.exec(String(image))?.slice(1).map(Number) ?? [];
    assert.ok(major === 2 && minor <= 20, String(image));
  });

  test('lets no page of elsewhere read Prometheus and Alertmanager by the browser of this machine', () => {
    const { command } = serviceOf(compose(), 'prometheus');
    const allowed = z
      .array(z.string())
      .parse(command)
      .filter((part) => part.startsWith('--web.cors.origin='));
    assert.deepEqual(allowed, ['--web.cors.origin=http://localhost:${PROMETHEUS_PORT:-9090}']);
    // Before 0.34.2 Alertmanager let everybody, and had no setting for it.
    const { image } = serviceOf(compose(), 'alertmanager');
    const [minor = 0, patch = 0] = /:v0\.(\d+)\.(\d+)$/.exec(String(image))?.slice(1).map(Number) ?? [];
    assert.ok(minor > 34 || (minor === 34 && patch >= 2), String(image));
  });

  test('lets Grafana ask no other host', () => {
    const environment = z.record(z.string(), z.string()).parse(serviceOf(compose(), 'grafana')['environment']);
    const off = Object.keys(environment).filter((name) => environment[name] === 'false');
    for (const name of [
      'GF_ANALYTICS_REPORTING_ENABLED',
      'GF_ANALYTICS_CHECK_FOR_UPDATES',
      'GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES',
      'GF_NEWS_NEWS_FEED_ENABLED',
      'GF_AUTH_ANONYMOUS_ENABLED',
    ])
      assert.ok(off.includes(name), name);
    assert.equal(environment['GF_PLUGINS_PREINSTALL_DISABLED'], 'true');
  });
});
