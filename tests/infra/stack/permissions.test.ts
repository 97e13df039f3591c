import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import * as z from 'zod/mini';
import { resource, resources, templateOf, text, type Context, type Found } from '../../fixtures/synthesised.ts';

const many = <Schema extends z.core.$ZodType>(schema: Schema) => z.union([z.array(schema), schema]);
const Document = z.object({
  Statement: z.array(
    z.object({
      Effect: z.string(),
      Action: many(z.string()),
      Resource: many(z.unknown()),
      Condition: z.optional(z.unknown()),
    }),
  ),
});

const VARIANTS: readonly Context[] = [
  {},
  { stage: 'production' },
  { otlp: 'off' },
  { otlp: 'https://otlp.example.com' },
];
/**
 * Of CDK's function that empties the default security group; what that takes it writes into its role by hand, beyond
 * our reach.
 */
const ours = ({ path, id }: Found) =>
  !`${path}${id}`.includes('CustomVpcRestrictDefaultSG') && !path.startsWith('Custom::');

/** What a role may do: each action with each resource, those that are denied left out. */
function permissions(role: string, context: Context = {}): string[] {
  const template = templateOf(context);
  const { ManagedPolicyArns } = resource(template, 'AWS::IAM::Role', `${role}/Resource`).Properties;
  const policies = z.array(z.object({ Ref: z.string() })).parse(ManagedPolicyArns);
  return policies.flatMap(({ Ref }) =>
    allowed(resources(template, 'AWS::IAM::ManagedPolicy').find(({ id }) => id === Ref)!),
  );
}

function allowed({ Properties }: Found): string[] {
  const { Statement } = Document.parse(Properties['PolicyDocument']);
  return Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((one) => `${action} ${text(one)}`)),
  );
}

describe('what a function may do', () => {
  const template = templateOf();
  const logOf = (name: string) => resource(template, 'AWS::Logs::LogGroup', `Logs/${name}`).id;
  const cluster = resource(template, 'AWS::RDS::DBCluster').id;
  const queue = (name: string) => `«${resource(template, 'AWS::SQS::Queue', name).id}.Arn»`;
  const login = (user: string) =>
    `rds-db:connect arn:«AWS::Partition»:rds-db:«AWS::Region»:«AWS::AccountId»:dbuser:«${cluster}.DBClusterResourceId»/${user}`;
  const wildcards = [
    'ec2:CreateNetworkInterface *',
    'ec2:DescribeNetworkInterfaces *',
    'ec2:DescribeSubnets *',
    'ec2:DeleteNetworkInterface *',
    'ec2:AssignPrivateIpAddresses *',
    'ec2:UnassignPrivateIpAddresses *',
    'xray:PutTraceSegments *',
    'xray:PutTelemetryRecords *',
  ];
  const writesTo = (log: string) => [
    `logs:CreateLogStream «${logOf(log)}.Arn»`,
    `logs:PutLogEvents «${logOf(log)}.Arn»`,
  ];
  const cases: [role: string, log: string, user: string, more: string[]][] = [
    ['Endpoints/Submit/Role', 'submit', 'prior_auth_submit', []],
    ['Endpoints/Status/Role', 'status', 'prior_auth_status', []],
    ['Endpoints/Health/Role', 'health', 'prior_auth_health', []],
    ['Endpoints/Metrics/Role', 'metrics', 'prior_auth_metrics', []],
    ['Reconcile/Reconcile/Role', 'reconcile', 'prior_auth_reconcile', [`sqs:SendMessage ${queue('Calls')}`]],
    ['Migration/Migrate/Role', 'migrate', 'prior_auth_owner', [`sqs:SendMessage ${queue('Calls')}`]],
    [
      'Bridge/Bridge/Role',
      'bridge',
      'prior_auth_bridge',
      ['SendMessage', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map(
        (action) => `sqs:${action} ${queue('Deliveries')}`,
      ),
    ],
  ];

  for (const [role, log, user, more] of cases) {
    it(`is its log, its database role and what else it needs: ${log}`, () => {
      const wanted = [...writesTo(log), login(user), ...more, ...wildcards];
      assert.deepEqual(permissions(role).sort(), wanted.sort());
    });
  }

  it('is not given in production for X-Ray, which is off', () => {
    const actions = permissions('Endpoints/Submit/Role', { stage: 'production' });
    assert.ok(!actions.some((action) => action.startsWith('xray:')));
  });

  it('does not extend to its code for network interfaces', () => {
    const { Properties } = resource(template, 'AWS::IAM::ManagedPolicy', 'WildcardPolicies/Functions');
    const denied = Document.parse(Properties['PolicyDocument']).Statement.find(({ Effect }) => Effect === 'Deny');
    const interfaces = wildcards.filter((one) => one.startsWith('ec2:')).map((one) => one.replace(' *', ''));
    assert.deepEqual([denied?.Action].flat().sort(), interfaces.sort());
    const like = z.object({ ArnLike: z.object({ 'lambda:SourceFunctionArn': z.unknown() }) }).parse(denied?.Condition);
    assert.match(text(like.ArnLike['lambda:SourceFunctionArn']), /:function:prior-auth-sandbox-\*$/);
  });
});

describe('permissions', () => {
  it('are without a resource only where IAM knows none, and then stand in one place', () => {
    for (const context of VARIANTS) {
      const wide = resources(templateOf(context), 'AWS::IAM::ManagedPolicy').filter((policy) =>
        allowed(policy).some((one) => one.includes('*')),
      );
      assert.ok(wide.length > 0);
      for (const { path } of wide) assert.match(path, /^WildcardPolicies\//);
    }
  });

  it('are in policies of our own, none of them in a role or attached by AWS’ name', () => {
    for (const context of VARIANTS) {
      const template = templateOf(context);
      template.resourceCountIs('AWS::IAM::Policy', 0);
      for (const role of resources(template, 'AWS::IAM::Role')) {
        const { path, Properties } = role;
        if (ours(role)) assert.equal(Properties['Policies'], undefined, path);
        const arns = z
          .array(z.unknown())
          .parse(Properties['ManagedPolicyArns'])
          .map((arn) => text(arn));
        assert.ok(!arns.some((arn) => arn.includes(':iam::aws:')), path);
      }
    }
  });

  it('let one service assume each role', () => {
    const Trust = z.object({
      Statement: z.tuple([
        z.object({ Principal: z.object({ Service: z.string() }), Action: z.literal('sts:AssumeRole') }),
      ]),
    });
    for (const { Properties } of resources(templateOf(), 'AWS::IAM::Role').filter(ours)) {
      assert.match(
        Trust.parse(Properties['AssumeRolePolicyDocument']).Statement[0].Principal.Service,
        /\.amazonaws\.com$/,
      );
    }
  });
});
