import { Aws } from 'aws-cdk-lib';
import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const NETWORK_INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
const XRAY = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];
/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html */
const SESSIONS = [
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
];

/**
 * The group that Enhanced Monitoring writes to, and makes, for all databases of an account; a stream for each of its
 * instances.
 */
const DATABASE_MONITOR = 'RDSOSMetrics';

/**
 * The permissions that need a wildcard, and none else: IAM knows no resource for them (or Lambda asks for them without
 * one), or the resource is named by AWS.
 */
export class WildcardPolicies extends Construct {
  readonly functions: ManagedPolicy;

  constructor(scope: Construct, id: string, { prefix, xray }: { prefix: string; xray: boolean }) {
    super(scope, id);
    this.functions = new ManagedPolicy(this, 'Functions', {
      statements: [anywhere([...NETWORK_INTERFACES, ...(xray ? XRAY : [])]), notByCode(prefix)],
    });
  }

  /** For a task that is opened by a session of Systems Manager. */
  forSessions(): ManagedPolicy {
    return new ManagedPolicy(this, 'Sessions', { statements: [anywhere(SESSIONS)] });
  }

  /**
   * For the role by which RDS reports on the machine below a database: what Amazon's own policy for it allows, without
   * reading.
   */
  forDatabaseMonitor(): ManagedPolicy {
    const logGroup = `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:${DATABASE_MONITOR}`;
    return new ManagedPolicy(this, 'DatabaseMonitor', {
      statements: [
        new PolicyStatement({
          actions: [
            'logs:CreateLogGroup',
            'logs:PutRetentionPolicy',
            'logs:CreateLogStream',
            'logs:PutLogEvents',
            'logs:DescribeLogStreams',
          ],
          resources: [`${logGroup}:*`],
        }),
      ],
    });
  }
}

function anywhere(actions: string[]): PolicyStatement {
  return new PolicyStatement({ actions, resources: ['*'] });
}

/** Lambda itself manages the interfaces with the role of the function; the function's code may not. */
function notByCode(prefix: string): PolicyStatement {
  const functions = `arn:${Aws.PARTITION}:lambda:${Aws.REGION}:${Aws.ACCOUNT_ID}:function:${prefix}-*`;
  return new PolicyStatement({
    effect: Effect.DENY,
    actions: NETWORK_INTERFACES,
    resources: ['*'],
    conditions: { ArnLike: { 'lambda:SourceFunctionArn': functions } },
  });
}
