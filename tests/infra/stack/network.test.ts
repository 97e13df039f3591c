import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import * as z from 'zod/mini';
import { resource, resources, templateOf, text, type Context } from '../../fixtures/synthesised.ts';

const URL_OF_SOMEBODY = 'https://otlp.example.com';

const Rules = z.array(
  z.object({
    CidrIp: z.string(),
    IpProtocol: z.enum(['tcp', '-1']),
    FromPort: z.optional(z.number()),
    ToPort: z.optional(z.number()),
  }),
);

/** The names of the subnets in which a function stands. */
function subnetsOf(name: string, context: Context = {}): string[] {
  const template = templateOf(context);
  const { VpcConfig } = resource(template, 'AWS::Lambda::Function', `${name}/Function/`).Properties;
  const { SubnetIds } = z.object({ SubnetIds: z.array(z.object({ Ref: z.string() })) }).parse(VpcConfig);
  const subnets = resources(template, 'AWS::EC2::Subnet');
  return SubnetIds.map(({ Ref }) => subnets.find(({ id }) => id === Ref)?.path.replace(/.*Vpc\/(\w+)\/.*/, '$1') ?? '');
}

/** The subnets whose route table has a way out. */
function subnetsWithRoute(context: Context = {}): string[] {
  return resources(templateOf(context), 'AWS::EC2::Route').map(({ path }) => path.replace(/.*Vpc\/(\w+)\/.*/, '$1'));
}

describe('the network', () => {
  it('has no public subnet, and no route to an Internet gateway', () => {
    for (const otlp of ['jaeger', 'off', URL_OF_SOMEBODY]) {
      for (const { Properties } of resources(templateOf({ otlp }), 'AWS::EC2::Subnet')) {
        assert.equal(Properties['MapPublicIpOnLaunch'], false);
      }
      for (const { Properties } of resources(templateOf({ otlp }), 'AWS::EC2::Route')) {
        assert.equal(Properties['GatewayId'], undefined);
      }
    }
  });

  it('gives a way out to the Jaeger task alone, by a NAT gateway that stands in no subnet', () => {
    assert.deepEqual(subnetsWithRoute(), ['egressSubnet1', 'egressSubnet2']);
    const nat = resource(templateOf(), 'AWS::EC2::NatGateway');
    assert.equal(nat.Properties['AvailabilityMode'], 'regional');
    assert.equal(nat.Properties['SubnetId'], undefined);
    for (const name of ['Submit', 'Status', 'Health', 'Metrics', 'Bridge', 'Reconcile', 'Migrate']) {
      assert.deepEqual(subnetsOf(name), ['functionsSubnet1', 'functionsSubnet2'], name);
    }
  });

  it('makes the NAT gateway when the Internet gateway is attached', () => {
    const attachment = resource(templateOf(), 'AWS::EC2::VPCGatewayAttachment').id;
    assert.ok(resource(templateOf(), 'AWS::EC2::NatGateway').DependsOn.includes(attachment));
  });

  it('puts functions where they reach a collector of somebody else, and leaves the migrator', () => {
    const context = { otlp: URL_OF_SOMEBODY };
    assert.deepEqual(subnetsOf('Submit', context), ['egressSubnet1', 'egressSubnet2']);
    assert.deepEqual(subnetsOf('Migrate', context), ['functionsSubnet1', 'functionsSubnet2']);
  });

  it('has neither NAT nor Internet gateway when no traces leave the functions', () => {
    const template = templateOf({ otlp: 'off' });
    for (const type of ['NatGateway', 'InternetGateway', 'Route']) template.resourceCountIs(`AWS::EC2::${type}`, 0);
  });

  it('opens S3 to answers to CloudFormation alone', () => {
    const { PolicyDocument, VpcEndpointType } = resource(templateOf(), 'AWS::EC2::VPCEndpoint').Properties;
    assert.equal(VpcEndpointType, 'Gateway');
    assert.deepEqual(PolicyDocument, {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: '*' },
          Action: 's3:PutObject',
          Resource: {
            'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::cloudformation-custom-resource-response-*/*']],
          },
        },
      ],
    });
  });

  it('empties the default security group, and keeps a record of who spoke to whom', () => {
    templateOf().resourceCountIs('Custom::VpcRestrictDefaultSG', 1);
    const { ResourceType, TrafficType } = resource(templateOf(), 'AWS::EC2::FlowLog').Properties;
    assert.deepEqual([ResourceType, TrafficType], ['VPC', 'ALL']);
  });

  it('lets each group out to whom it needs, and says so where the group is made', () => {
    // EC2 gives a group that is made without a rule one that lets everything out.
    const nowhere = '127.0.0.1/32:all';
    const wanted: [string, Record<string, string[]>][] = [
      ['jaeger', { Functions: [nowhere], Traces: [nowhere, '0.0.0.0/0:443'] }],
      ['off', { Functions: [nowhere] }],
      ['https://otlp.example.com:4318', { Functions: [nowhere, '0.0.0.0/0:4318'] }],
    ];
    for (const [otlp, groups] of wanted) {
      const found = resources(templateOf({ otlp }), 'AWS::EC2::SecurityGroup').map(({ path, Properties }) => [
        path.split('/').at(-2) ?? '',
        Rules.parse(Properties['SecurityGroupEgress']).map(
          ({ CidrIp, IpProtocol, FromPort, ToPort }) =>
            `${CidrIp}:${IpProtocol === '-1' ? 'all' : FromPort === ToPort ? FromPort : 'several'}`,
        ),
      ]);
      const always = { Database: [nowhere], Migrator: [nowhere, '0.0.0.0/0:443'] };
      assert.deepEqual(Object.fromEntries(found), { ...always, ...groups });
    }
  });

  it('lets each group in only from whom it serves', () => {
    const template = templateOf();
    const names = Object.fromEntries(
      resources(template, 'AWS::EC2::SecurityGroup').map(({ id, path }) => [
        `${id}.GroupId`,
        path.split('/').at(-2) ?? '',
      ]),
    );
    const rules = resources(template, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => {
      const { SourceSecurityGroupId: from, GroupId: to, FromPort: port } = Properties;
      return `${text(from, names)} → ${text(to, names)}:${String(port)}`;
    });
    assert.deepEqual(rules.sort(), [
      'Functions → Database:5432',
      'Functions → Traces:4318',
      'Migrator → Database:5432',
    ]);
    for (const { Properties } of resources(template, 'AWS::EC2::SecurityGroup')) {
      assert.equal(Properties['SecurityGroupIngress'], undefined);
    }
  });
});
