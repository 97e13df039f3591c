import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, test } from 'vitest';
import { parseSettings, ROOT } from '../../../local/machine/settings.ts';

const DEFAULTS = {
  HOST: '127.0.0.1',
  API_PORT: 8000,
  LAMBDA_PORT: 3002,
  API_CONCURRENCY: 8,
  OTLP_PORT: 4318,
  TRACES_PORT: 16686,
  PROMETHEUS_PORT: 9090,
  ALERTMANAGER_PORT: 9093,
  GRAFANA_PORT: 3000,
  POSTGRES_PASSWORD: 'prior_auth',
  PRIOR_AUTH_GRAFANA_PASSWORD: 'prior_auth_grafana',
  GRAFANA_PASSWORD: 'admin',
  LOCAL_DIR: '.local',
  OTEL_EXPORTER_OTLP_HEADERS: '',
  OTEL_SERVICE_NAME: 'prior-auth-api',
  OTEL_TRACES_SAMPLER_ARG: 1,
  OTEL_SLOW_REQUEST_MS: 1000,
  OTEL_FLUSH_DEADLINE_MS: 500,
  NPI_CHECK_DIGIT: 'warn',
  SIMULATE_SLOW_MEMBER: 'true',
  RECONCILE_INTERVAL_SECONDS: 60,
};
/** Unset means: the embedded part, on a port that is free. */
const WITHOUT_DEFAULT = ['DATABASE_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'POSTGRES_PORT'];
/** Off by default, read by npm run stack alone: the names that stand in these files. */
const OF_THE_STACK = ['local/monitoring/alertmanager/settings.ts', 'local/monitoring/prometheus/settings.ts'].flatMap(
  (file) => [...new Set(readFileSync(join(ROOT, file), 'utf8').match(/\b(?:ALERT|SANDBOX)_[A-Z_]+/g))],
);
const EXAMPLE = readFileSync(join(ROOT, '.env.example'), 'utf8');

describe('the settings of npm run local', () => {
  test('have defaults, which an empty variable leaves in place', () => {
    assert.deepEqual(parseSettings({}), DEFAULTS);
    const empty = Object.fromEntries([...Object.keys(DEFAULTS), ...WITHOUT_DEFAULT].map((name) => [name, '']));
    assert.deepEqual(parseSettings({ ...empty, PATH: '/bin' }), DEFAULTS);
  });

  test('are read by their types', () => {
    const { POSTGRES_PORT, OTEL_TRACES_SAMPLER_ARG, PROMETHEUS_PORT, OTEL_EXPORTER_OTLP_ENDPOINT } = parseSettings({
      POSTGRES_PORT: '5433',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      PROMETHEUS_PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318/tenant',
    });
    assert.deepEqual([POSTGRES_PORT, OTEL_TRACES_SAMPLER_ARG, PROMETHEUS_PORT], [5433, 0.25, 0]);
    assert.equal(OTEL_EXPORTER_OTLP_ENDPOINT, 'https://collector.example:4318/tenant');
  });

  test('are all in .env.example, which as it is changes nothing and commented in sets the defaults', () => {
    assert.deepEqual(parseEnv(EXAMPLE), {});
    const names = parseEnv(EXAMPLE.replaceAll(/^# (?=[A-Z_]+=)/gm, ''));
    const known = [...Object.keys(DEFAULTS), ...WITHOUT_DEFAULT, ...OF_THE_STACK];
    assert.deepEqual(Object.keys(names).sort(), known.sort());
    const isDefault = ([name]: [string, unknown]) => name in DEFAULTS && name !== 'OTEL_EXPORTER_OTLP_HEADERS';
    const set = Object.fromEntries(Object.entries(names).filter(isDefault)) as Record<string, string>;
    assert.deepEqual(parseSettings(set), DEFAULTS);
  });
});

describe('a fault in them', () => {
  const REFUSED: [string, string, string][] = [
    ['HOST', '0.0.0.0', 'must be one of 127.0.0.1, localhost'],
    ['API_PORT', 'http', 'must be a port'],
    ['LAMBDA_PORT', '0', 'must be a port'],
    ['POSTGRES_PORT', '65536', 'must be a port'],
    ['TRACES_PORT', '80.5', 'must be a port'],
    ['PROMETHEUS_PORT', '-1', 'must be a port'],
    ['DATABASE_URL', 'mysql://host/db', 'must be postgresql://user:password@host:5432/database'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318', 'must be an http or https URL, such as http://localhost:4318'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.1', 'must be from 0 to 1'],
    ['OTEL_TRACES_SAMPLER_ARG', 'half', 'must be from 0 to 1'],
    ['OTEL_FLUSH_DEADLINE_MS', '0', 'must be from 1 to 600 milliseconds'],
    ['OTEL_FLUSH_DEADLINE_MS', '601', 'must be from 1 to 600 milliseconds'],
    ['OTEL_SLOW_REQUEST_MS', '0.5', 'must be a whole number of milliseconds'],
    ['NPI_CHECK_DIGIT', 'off', 'must be one of warn, enforce'],
    ['SIMULATE_SLOW_MEMBER', 'yes', 'must be one of true, false'],
    ['RECONCILE_INTERVAL_SECONDS', '0.5', 'must be a whole number of seconds'],
  ];
  for (const [name, value, rule] of REFUSED) {
    test(`is named by its rule: ${name}=${value} ${rule}`, () => {
      assert.throws(() => parseSettings({ [name]: value }), { message: `Invalid settings:\n  ${name} ${rule}` });
    });
  }

  for (const path of ['/v1/traces', '/v1/traces/', '/tenant/v1/traces']) {
    test(`is an endpoint that already ends with ${path}, and the message says why`, () => {
      assert.throws(() => parseSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:4318${path}` }), {
        message:
          'Invalid settings:\n  OTEL_EXPORTER_OTLP_ENDPOINT must be the base URL without /v1/traces: the code adds it',
      });
    });
  }

  test('is reported together with all others, and no value is', () => {
    const environment = Object.fromEntries(REFUSED.map(([name, value]) => [name, `${value}SECRET`]));
    assert.throws(
      () => parseSettings(environment),
      ({ message }: Error) => {
        const [head, ...lines] = message.split('\n');
        assert.equal(head, 'Invalid settings:');
        assert.deepEqual(
          lines.map((line) => line.trim().split(' ')[0]).sort(),
          [...new Set(REFUSED.map(([name]) => name))].sort(),
        );
        return !message.includes('SECRET');
      },
    );
  });
});
