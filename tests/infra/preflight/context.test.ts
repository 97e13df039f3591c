import { Template } from 'aws-cdk-lib/assertions';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, test } from 'vitest';
import { readContext } from '../../../infra/preflight/context.ts';
import { demandOf } from '../../../infra/preflight/demand.ts';
import { readPlace } from '../../../infra/preflight/settings.ts';
import { readSettings } from '../../../infra/settings.ts';
import { construct, resource, resources } from '../../fixtures/synthesised.ts';
import cdk from '../../../cdk.json' with { type: 'json' };

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-context-'));
const environment = { ...process.env };
const [root, home] = [join(folder, 'project'), join(folder, 'home')];
for (const each of [root, home]) mkdirSync(each);
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, environment);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('context comes from the command line, then cdk.json, cdk.context.json and the user’s own file', () => {
  process.env['HOME'] = home;
  assert.deepEqual(readContext([], root), {});
  const all = (value: string, ...names: string[]) => Object.fromEntries(names.map((name) => [name, value]));
  writeFileSync(join(home, '.cdk.json'), JSON.stringify({ context: all('user', 'a', 'b', 'c', 'd') }));
  writeFileSync(join(root, 'cdk.context.json'), JSON.stringify(all('lookup', 'a', 'b', 'c')));
  writeFileSync(join(root, 'cdk.json'), JSON.stringify({ app: 'node', context: all('project', 'a', 'b') }));
  const found = readContext(['a=one=two\nthree', 'e='], root);
  assert.deepEqual(found, { a: 'one=two\nthree', b: 'project', c: 'lookup', d: 'user', e: '' });
});

test('what cannot be read as context is named', () => {
  assert.throws(() => readContext(['stage'], root), { message: '--context stage is not key=value' });
  assert.throws(() => readContext(['aws:cdk=1'], root), /^Error: --context aws:cdk: names that begin with aws: /);
  writeFileSync(join(root, 'cdk.json'), '{');
  assert.throws(() => readContext([], root), { message: `${join(root, 'cdk.json')} cannot be read as context` });
});

test('region, profile and keys are chosen as cdk chooses them', () => {
  for (const name of Object.keys(process.env))
    if (/^(AWS|AMAZON)_/.test(name)) Reflect.deleteProperty(process.env, name);
  const choose = (profile?: string, region?: string) => readPlace({ profile, region });
  assert.deepEqual(choose(), { region: undefined, profile: undefined, credentials: undefined });

  process.env['AMAZON_DEFAULT_REGION'] = 'eu-west-1';
  process.env['AWS_DEFAULT_PROFILE'] = 'other';
  assert.deepEqual(choose().region, { name: 'eu-west-1', source: 'AMAZON_DEFAULT_REGION' });
  assert.equal(choose().profile, 'other');
  process.env['AWS_DEFAULT_REGION'] = 'eu-west-2';
  assert.equal(choose().region?.source, 'AWS_DEFAULT_REGION');
  process.env['AMAZON_REGION'] = 'eu-west-3';
  assert.equal(choose().region?.source, 'AMAZON_REGION');
  process.env['AWS_REGION'] = 'eu-north-1';
  process.env['AWS_PROFILE'] = 'work';
  assert.deepEqual(choose().region, { name: 'eu-north-1', source: 'AWS_REGION' });
  assert.equal(choose().profile, 'work');
  assert.deepEqual(choose('named', 'us-east-2').region, { name: 'us-east-2', source: '--region' });

  process.env['AWS_ACCESS_KEY_ID'] = 'id';
  assert.equal(choose().credentials, undefined);
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
  assert.deepEqual(choose().credentials, { accessKeyId: 'id', secretAccessKey: 'secret' });
  process.env['AWS_SESSION_TOKEN'] = 'token';
  assert.deepEqual(choose().credentials, { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' });
  assert.deepEqual(choose('named'), { region: choose().region, profile: 'named', credentials: undefined });
});

test('what is asked of an account is what the whole stack asks of it', () => {
  for (const stage of ['sandbox', 'production']) {
    const context = { ...cdk.context, stage };
    const demand = demandOf(readSettings(context), context);
    const { app, stack } = construct({ stage }, join(folder, stage));
    const template = Template.fromStack(stack);
    const artifact = app.synth().getStackByName(stack.stackName);
    const { Engine: engine, EngineVersion: version } = resource(template, 'AWS::RDS::DBCluster').Properties;
    const [instance] = resources(template, 'AWS::RDS::DBInstance');
    assert.deepEqual(demand, {
      stack: stack.stackName,
      database: {
        engine,
        version,
        instanceClass: instance?.Properties['DBInstanceClass'],
      },
      bootstrap: {
        version: artifact.requiresBootstrapStackVersion,
        parameter: artifact.bootstrapStackVersionSsmParameter,
      },
    });
    assert.equal(demand.bootstrap.parameter, '/cdk-bootstrap/hnb659fds/version');
  }
});

test('an own qualifier of the bootstrap stack is asked for by its name', () => {
  const context = { ...cdk.context, '@aws-cdk/core:bootstrapQualifier': 'own' };
  process.env['TMPDIR'] = home;
  assert.equal(demandOf(readSettings(context), context).bootstrap.parameter, '/cdk-bootstrap/own/version');
  assert.deepEqual(
    readdirSync(home).filter((name) => name !== '.cdk.json'),
    [],
  );
});
