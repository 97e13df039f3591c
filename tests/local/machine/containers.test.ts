import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSettings } from '../../../local/machine/settings.ts';
import { wire } from '../../../local/machine/containers.ts';
import { dockerEnvironment } from '../../../local/stack/settings.ts';

describe('the launcher beside the containers', () => {
  test('uses their database and collector, and shows their pages', () => {
    const { settings, containers } = wire(parseSettings({}));
    assert.equal(settings.DATABASE_URL, 'postgresql://prior_auth:prior_auth@127.0.0.1:5432/prior_auth');
    assert.equal(settings.OTEL_EXPORTER_OTLP_ENDPOINT, 'http://127.0.0.1:4318');
    assert.deepEqual(containers, {
      jaeger: 'http://localhost:16686',
      prometheus: 'http://localhost:9090',
      alertmanager: 'http://localhost:9093',
      grafana: 'http://localhost:3000',
      ownsDatabase: true,
    });
  });

  test('follows their settings', () => {
    const { settings, containers } = wire(
      parseSettings({
        ...{ POSTGRES_PORT: '5433', POSTGRES_PASSWORD: 'p@ss/word', OTLP_PORT: '4319', TRACES_PORT: '16687' },
        ...{ PROMETHEUS_PORT: '9091', ALERTMANAGER_PORT: '9094', GRAFANA_PORT: '3001' },
      }),
    );
    assert.equal(settings.DATABASE_URL, 'postgresql://prior_auth:p%40ss%2Fword@127.0.0.1:5433/prior_auth');
    assert.equal(settings.OTEL_EXPORTER_OTLP_ENDPOINT, 'http://127.0.0.1:4319');
    assert.deepEqual(containers, {
      jaeger: 'http://localhost:16687',
      prometheus: 'http://localhost:9091',
      alertmanager: 'http://localhost:9094',
      grafana: 'http://localhost:3001',
      ownsDatabase: true,
    });
  });

  test('leaves to the user what the user has set', () => {
    const own = { DATABASE_URL: 'postgresql://me@127.0.0.1:5/mine', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:6' };
    const { settings, containers } = wire(parseSettings(own));
    assert.equal(settings.DATABASE_URL, own.DATABASE_URL);
    assert.equal(settings.OTEL_EXPORTER_OTLP_ENDPOINT, own.OTEL_EXPORTER_OTLP_ENDPOINT);
    assert.deepEqual([containers.ownsDatabase, containers.jaeger], [false, undefined]);
  });
});

describe('the environment of docker', () => {
  test('has what the Compose file takes, beside what docker itself reads', () => {
    process.env['DOCKER_HOST'] = 'unix:///elsewhere.sock';
    const environment = dockerEnvironment(
      parseSettings({ PROMETHEUS_PORT: '0', GRAFANA_PASSWORD: 'x', LOCAL_DIR: '/l' }),
    );
    delete process.env['DOCKER_HOST'];
    assert.equal(environment['DOCKER_HOST'], 'unix:///elsewhere.sock');
    assert.equal(environment['PATH'], process.env['PATH']);
    // 0 leaves Prometheus out of npm run local; a container without a port of its own would get any.
    assert.equal(environment['PROMETHEUS_PORT'], '9090');
    assert.equal(environment['GRAFANA_PASSWORD'], 'x');
    assert.equal(environment['PROMETHEUS_FOLDER'], '/l/stack/prometheus');
    assert.equal(environment['ALERTMANAGER_FOLDER'], '/l/stack/alertmanager');
  });
});
