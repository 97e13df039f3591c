import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import * as z from 'zod/mini';
import { reachFaults } from '../../../infra/checks/reach.ts';
import { TemplateUnderTest } from './template-under-test.ts';

const Subnets = z.object({ SubnetIds: z.array(z.unknown()) });
const COLLECTOR = 'https://otlp.example.com';
const SERVING = ['Submit', 'Status', 'Health', 'Metrics', 'Bridge', 'Reconcile'];
const ROUTES = ['egressSubnet1', 'egressSubnet2'].map((subnet) => `${subnet}/DefaultRoute`);

/** What the check says: the function or task by its construct, and the fault. */
function faults(under: TemplateUnderTest): string[] {
  const names = [...SERVING, 'Migrate'].map((name) => [under.id('AWS::Lambda::Function', `${name}/Function/`), name]);
  const known = new Map(names.map(([id = '', name = '']) => [id, name]));
  return reachFaults(under.template)
    .map(({ resource, text }) => `${known.get(resource) ?? resource} ${text}`)
    .sort();
}

function each(names: readonly string[], fault: string): string[] {
  return names.map((name) => `${name} ${fault}`).sort();
}

describe('the check of reach', () => {
  for (const context of [
    {},
    { stage: 'production' },
    { otlp: 'off' },
    { otlp: COLLECTOR },
    { otlp: 'http://c.example.com' },
  ]) {
    it(`is content with the deployment: ${JSON.stringify(context)}`, () => {
      assert.deepEqual(faults(new TemplateUnderTest(context)), []);
    });
  }

  for (const [type, of] of [
    ['AWS::EC2::SecurityGroupEgress', 'Network/Functions/to priorauthsandboxFoundationNetworkDatabase'],
    ['AWS::EC2::SecurityGroupIngress', 'Network/Database/from priorauthsandboxFoundationNetworkFunctions'],
  ] as const) {
    it(`misses half of the way to PostgreSQL: ${type}`, () => {
      assert.deepEqual(
        faults(new TemplateUnderTest().without(type, of)),
        each(SERVING, 'has no way to PostgreSQL (5432)'),
      );
    });
  }

  it('misses the migrator’s way to PostgreSQL apart from the functions’', () => {
    const under = new TemplateUnderTest().without(
      'AWS::EC2::SecurityGroupIngress',
      'Database/from priorauthsandboxFoundationNetworkMigrator',
    );
    assert.deepEqual(faults(under), ['Migrate has no way to PostgreSQL (5432)']);
  });

  for (const [FromPort, ToPort, IpProtocol] of [
    [4317, 4317, 'tcp'],
    [4319, 4400, 'tcp'],
    [4318, 4318, 'udp'],
  ] as const) {
    it(`misses the way to the Jaeger task when its port is not let in: ${IpProtocol} ${FromPort} to ${ToPort}`, () => {
      const under = new TemplateUnderTest();
      for (const [property, value] of Object.entries({ FromPort, ToPort, IpProtocol })) {
        under.with('AWS::EC2::SecurityGroupIngress', 'Network/Traces/from', property, value);
      }
      assert.deepEqual(faults(under), each(SERVING, 'has no way to traces.prior-auth-sandbox.internal (4318)'));
    });
  }

  it('misses the route of the Jaeger task, for its image, log and sessions', () => {
    const task = new TemplateUnderTest().id('AWS::ECS::Service', '');
    const whats = ['CloudWatch Logs', 'Systems Manager', 'the image registry'];
    const wanted = whats.map((what) => `${task} has no way to ${what} (443)`);
    assert.deepEqual(faults(new TemplateUnderTest().without('AWS::EC2::Route', ROUTES[0] ?? '')), wanted);
    const shut = new TemplateUnderTest().with('AWS::EC2::SecurityGroup', 'Network/Traces/', 'SecurityGroupEgress', []);
    assert.deepEqual(faults(shut), wanted);
  });

  it('misses the way to a collector of somebody else when one subnet has no route, or the port is shut', () => {
    const wanted = each(SERVING, 'has no way to otlp.example.com (443)');
    for (const route of ROUTES) {
      assert.deepEqual(faults(new TemplateUnderTest({ otlp: COLLECTOR }).without('AWS::EC2::Route', route)), wanted);
    }
    const otherPort = new TemplateUnderTest({ otlp: `${COLLECTOR}:4318` });
    assert.deepEqual(faults(otherPort), []);
    otherPort.with('AWS::EC2::SecurityGroup', 'Network/Functions/', 'SecurityGroupEgress', [
      { CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 443, ToPort: 443 },
    ]);
    assert.deepEqual(faults(otherPort), each(SERVING, 'has no way to otlp.example.com (4318)'));
  });

  it('misses the migrator’s way to where CloudFormation waits for its answer', () => {
    const wanted = ['Migrate has no way to the answer to CloudFormation (443)'];
    assert.deepEqual(faults(new TemplateUnderTest().without('AWS::EC2::VPCEndpoint', 'Answers')), wanted);
    const elsewhere = new TemplateUnderTest().with(
      'AWS::EC2::VPCEndpoint',
      'Answers',
      'ServiceName',
      'com.amazonaws.us-east-1.dynamodb',
    );
    assert.deepEqual(faults(elsewhere), wanted);
    const shut = new TemplateUnderTest().with(
      'AWS::EC2::SecurityGroup',
      'Network/Migrator/',
      'SecurityGroupEgress',
      [],
    );
    assert.deepEqual(faults(shut), wanted);
  });

  it('finds a way to the Internet that nobody needs', () => {
    const egress = new TemplateUnderTest().id('AWS::EC2::Subnet', 'egressSubnet1');
    const submit = ['AWS::Lambda::Function', 'Submit/Function/'] as const;
    const under = new TemplateUnderTest();
    const { SubnetIds } = Subnets.parse(under.property(...submit, 'VpcConfig'));
    under.with(...submit, 'VpcConfig.SubnetIds', [SubnetIds[0], { Ref: egress }]);
    assert.deepEqual(faults(under), ['Submit has a way to the Internet and needs none']);
  });
});
