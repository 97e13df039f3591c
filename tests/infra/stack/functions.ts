import assert from 'node:assert/strict';
import { readdirSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod/mini';
import {
  databaseSettings,
  loginSettings,
  readSettings,
  requestSettings,
  tracerSettings,
  versionSettings,
} from '../../../functions/runtime/settings.ts';
import { readSettings as readLayerSettings } from '../../../layers/otel/settings/settings.ts';
import { resource, resources, templateOf, text, type Context, type Found } from '../../fixtures/synthesised.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** CDK's own function that empties the VPC's default security group. */
const OWN = ({ path }: Found) => !path.startsWith('Custom::');

function functions(context: Context = {}): Found[] {
  return resources(templateOf(context), 'AWS::Lambda::Function').filter(OWN);
}

function nameOf({ Properties }: Found): string {
  return z
    .string()
    .parse(Properties['FunctionName'])
    .replace(/^prior-auth-(sandbox|production)-/, '');
}

/** The environment of a function as it will be, with a database's address in it. */
function environment(name: string, context: Context = {}): Record<string, string> {
  const found = functions(context).find((one) => nameOf(one) === name);
  const cluster = resource(templateOf(context), 'AWS::RDS::DBCluster').id;
  const { Variables } = z
    .object({ Variables: z.record(z.string(), z.unknown()) })
    .parse(found?.Properties['Environment']);
  const host = { [`${cluster}.Endpoint.Address`]: 'database.example.com' };
  return Object.fromEntries(Object.entries(Variables).map(([key, value]) => [key, text(value, host)]));
}

describe('the functions', () => {
  it('are every one that has a handler, and the migrator', () => {
    const handlers = readdirSync(join(ROOT, 'functions')).filter((name) =>
      existsSync(join(ROOT, 'functions', name, 'handler.ts')),
    );
    assert.deepEqual(functions().map(nameOf).sort(), [...handlers, 'migrate'].sort());
  });

  it('run on Node 24 on arm64, by the handler that the emulator runs', () => {
    for (const { Properties } of functions()) {
      assert.equal(Properties['Runtime'], 'nodejs24.x');
      assert.deepEqual(Properties['Architectures'], ['arm64']);
      assert.equal(Properties['Handler'], 'handler.handler');
    }
  });

  it('have the layer, preloaded from where Lambda unpacks it, but for the migrator', () => {
    const layer = resource(templateOf(), 'AWS::Lambda::LayerVersion', 'Service/Layer').id;
    const authorities = resource(templateOf(), 'AWS::Lambda::LayerVersion', 'Authorities').id;
    for (const one of functions()) {
      const isTraced = nameOf(one) !== 'migrate';
      const layers = isTraced ? [authorities, layer] : [authorities];
      assert.deepEqual(
        one.Properties['Layers'],
        layers.map((id) => ({ Ref: id })),
      );
      assert.equal(environment(nameOf(one))['NODE_OPTIONS'], isTraced ? '--require /opt/otel/otel.js' : undefined);
    }
    assert.ok(existsSync(join(ROOT, 'dist/layers/otel/otel.js')));
  });

  it('have a log group each, encrypted, and kept for as long as the stage says', () => {
    for (const [stage, days] of [
      ['sandbox', 30],
      ['production', 2192],
    ] as const) {
      const groups = resources(templateOf({ stage }), 'AWS::Logs::LogGroup');
      const key = resource(templateOf({ stage }), 'AWS::KMS::Key', 'TelemetryKey').id;
      for (const { Properties } of groups) {
        assert.equal(text(Properties['KmsKeyId']), `«${key}.Arn»`);
        assert.equal(Properties['RetentionInDays'], days);
      }
      for (const one of functions({ stage })) {
        const { LogFormat, LogGroup } = z
          .object({ LogFormat: z.string(), LogGroup: z.unknown() })
          .parse(one.Properties['LoggingConfig']);
        const group = groups.find(({ id }) => `«${id}»` === text(LogGroup));
        assert.equal(LogFormat, 'Text');
        assert.equal(group?.Properties['LogGroupName'], `/prior-auth-${stage}/${nameOf(one)}`);
      }
    }
  });

  it('log nowhere else, CDK’s own function neither', () => {
    const groups = resources(templateOf(), 'AWS::Logs::LogGroup').map(({ id }) => `«${id}»`);
    for (const { path, Properties } of resources(templateOf(), 'AWS::Lambda::Function')) {
      const { LogGroup } = z.object({ LogGroup: z.unknown() }).parse(Properties['LoggingConfig']);
      assert.ok(groups.includes(text(LogGroup)), path);
    }
  });

  it('reserve what the context says, in all', () => {
    const reserved = (context: Context) =>
      functions(context).map(({ Properties }) => Properties['ReservedConcurrentExecutions']);
    const sum = (values: unknown[]) => values.reduce<number>((total, value) => total + Number(value), 0);
    assert.equal(sum(reserved({})), 50);
    assert.equal(sum(reserved({ concurrency: '120' })), 120);
    assert.ok(reserved({ concurrency: 'none' }).every((value) => value === undefined));
  });

  it('send X-Ray what it takes in a sandbox, and nothing in production', () => {
    const mode = (stage: string) =>
      new Set(
        functions({ stage }).map(
          ({ Properties }) => z.object({ Mode: z.string() }).parse(Properties['TracingConfig']).Mode,
        ),
      );
    assert.deepEqual(mode('sandbox'), new Set(['Active']));
    assert.deepEqual(mode('production'), new Set(['PassThrough']));
    assert.equal(environment('submit')['POWERTOOLS_TRACE_ENABLED'], 'true');
    assert.equal(environment('submit', { stage: 'production' })['POWERTOOLS_TRACE_ENABLED'], 'false');
  });
});

describe('the environment of a function', () => {
  const request = { ...databaseSettings, ...requestSettings };
  const shapes = {
    submit: { ...request, ...tracerSettings },
    status: { ...request, ...tracerSettings },
    health: { ...request, ...versionSettings },
    metrics: { ...request, ...versionSettings },
    bridge: databaseSettings,
    reconcile: databaseSettings,
    migrate: loginSettings,
  };

  it('is what its own settings accept', () => {
    for (const [name, shape] of Object.entries(shapes)) assert.ok(readSettings(shape, environment(name)), name);
    const submit = readSettings(shapes.submit, environment('submit'));
    assert.equal(submit.DATABASE_URL, 'postgresql://prior_auth_submit@database.example.com:5432/prior_auth');
    assert.equal(submit.REQUEST_DEADLINE_MS, 8000);
    assert.equal(environment('submit')['NPI_CHECK_DIGIT'], 'enforce');
    assert.equal(readSettings(shapes.health, environment('health')).SERVICE_VERSION, '1.2.3');
  });

  it('holds no name that nobody reads', () => {
    const layer = Object.keys(environment('status')).filter((name) => /^(OTEL_|NODE_OPTIONS$)/.test(name));
    for (const [name, shape] of Object.entries({ ...shapes, submit: { ...shapes.submit, NPI_CHECK_DIGIT: '' } })) {
      const known = [...Object.keys(shape), ...layer];
      const unknown = Object.keys(environment(name)).filter((variable) => !known.includes(variable));
      assert.deepEqual(unknown, [], name);
    }
  });

  it('is what the layer accepts', () => {
    const { settings, faults } = readLayerSettings(environment('submit', { 'traces-ratio': '0.25' }));
    assert.deepEqual(faults, []);
    assert.equal(settings.samplingRatio, 0.25);
    assert.equal(settings.serviceName, 'prior-auth-api');
    assert.equal(settings.tracesUrl?.href, 'http://traces.prior-auth-sandbox.internal:4318/v1/traces');
    assert.deepEqual(settings.resourceAttributes, {
      'service.version': '1.2.3',
      'deployment.environment.name': 'sandbox',
    });
  });

  it('names the collector of the context, or none', () => {
    const endpoint = (otlp: string) => readLayerSettings(environment('status', { otlp })).settings.tracesUrl?.href;
    assert.equal(endpoint('https://otlp.example.com/base'), 'https://otlp.example.com/base/v1/traces');
    assert.equal(endpoint('off'), undefined);
  });

  it('logs in as the function’s own role, by IAM token, to a server that proves who it is', () => {
    const users = Object.keys(shapes).map((name) => [name, new URL(environment(name)['DATABASE_URL'] ?? '').username]);
    assert.deepEqual(Object.fromEntries(users), {
      submit: 'prior_auth_submit',
      status: 'prior_auth_status',
      health: 'prior_auth_health',
      metrics: 'prior_auth_metrics',
      bridge: 'prior_auth_bridge',
      reconcile: 'prior_auth_reconcile',
      migrate: 'prior_auth_owner',
    });
    for (const name of Object.keys(shapes)) {
      const { DATABASE_AUTH, DATABASE_CA_FILE, DATABASE_ROLE } = environment(name);
      assert.deepEqual([DATABASE_AUTH, DATABASE_ROLE], ['iam', undefined]);
      assert.equal(DATABASE_CA_FILE, '/opt/rds/authorities.pem');
    }
  });

  it('never has the slow member, nor a caller without a token', () => {
    for (const context of [{}, { stage: 'production' }, { otlp: 'off', concurrency: 'none' }]) {
      const all = functions(context).flatMap((one) => Object.keys(environment(nameOf(one), context)));
      assert.ok(all.includes('DATABASE_URL'));
      assert.deepEqual(
        all.filter((name) => name === 'SIMULATE_SLOW_MEMBER' || name === 'ANONYMOUS_CALLER'),
        [],
      );
      assert.doesNotMatch(JSON.stringify(templateOf(context).toJSON()), /SIMULATE_SLOW_MEMBER|ANONYMOUS_CALLER/);
    }
  });
});
