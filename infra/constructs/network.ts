import { Aws } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  NatProvider,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
  type ISubnet,
  type IVpc,
  type SubnetConfiguration,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';

export const DATABASE_PORT = 5432;
export const OTLP_PORT = 4318;
const HTTPS = Port.tcp(443);

/**
 * A VPC without a public subnet, in two zones. Functions and database have no way to the Internet at all; what has one
 * goes through a NAT gateway of the regional kind, which stands in no subnet.
 *
 * | who | needs | way |
 * |---|---|---|
 * | functions, migrator | PostgreSQL | security groups (the IAM token is signed locally: nobody is asked) |
 * | functions | OTLP: the Jaeger task | security groups; its name by the VPC's resolver |
 * | functions | OTLP: `--context otlp=<URL>` | then they stand in the egress subnets: NAT |
 * | migrator | CloudFormation's answer in S3 | gateway endpoint, for that bucket alone, free |
 * | Jaeger task | Docker Hub, CloudWatch Logs, SSM's messages | NAT |
 *
 * Logs of functions, X-Ray, KMS of log groups and queues, and the token issuer's keys (API Gateway fetches them) are
 * reached by AWS from AWS' side: no route of ours.
 *
 * NAT or interface endpoints, us-east-1, November 2026: NAT $0.045 an hour and $0.005 for its address, in each of
 * the two zones, $73 a month. Endpoints for ecr.api, ecr.dkr, logs and ssmmessages in one zone: 4 × $0.01 an hour,
 * $29.20. But the first pull through ECR's cache needs a NAT gateway all the same (ECR User Guide, "Considerations for
 * VPC endpoints"), and a collector of one's own has no endpoint. So NAT, and only where something needs it: with
 * `--context otlp=off` there is none.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  /** Where the functions stand. */
  readonly functionSubnets: ISubnet[];
  /** Where the migrator stands, with the way to S3. */
  readonly isolatedSubnets: ISubnet[];
  readonly databaseSubnets: ISubnet[];
  /** With a route to the NAT gateway; empty without one. */
  readonly egressSubnets: ISubnet[];
  readonly functions: SecurityGroup;
  readonly migrator: SecurityGroup;
  readonly database: SecurityGroup;
  /** Undefined unless there is a Jaeger task. */
  readonly traces: SecurityGroup | undefined;

  constructor(scope: Construct, id: string, { otlp }: Pick<Settings, 'otlp'>) {
    super(scope, id);
    const vpc = createVpc(this, otlp !== 'off');
    // CDK's classes and interfaces disagree about optional members under exactOptionalPropertyTypes.
    this.vpc = vpc as IVpc;
    this.isolatedSubnets = this.named('functions');
    this.databaseSubnets = this.named('database');
    this.egressSubnets = otlp === 'off' ? [] : this.named('egress');
    this.functionSubnets = otlp instanceof URL ? this.egressSubnets : this.isolatedSubnets;
    this.functions = this.group('Functions', 'The functions');
    this.migrator = this.group('Migrator', 'The migrator');
    this.database = this.group('Database', 'PostgreSQL');
    this.traces = otlp === 'jaeger' ? this.group('Traces', 'The Jaeger task') : undefined;
    this.openDatabase();
    this.openTraces(otlp);
    this.openAnswers();
  }

  private named(name: string): ISubnet[] {
    return this.vpc.selectSubnets({ subnetGroupName: name }).subnets;
  }

  /**
   * Rules that name another group are resources of their own, and to a group that has none when it is made EC2 gives
   * one that lets everything out: so each has one to nowhere.
   * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
   */
  private group(id: string, description: string): SecurityGroup {
    const group = new SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
    group.addEgressRule(Peer.ipv4('127.0.0.1/32'), Port.allTraffic(), 'Nowhere');
    return group;
  }

  private openDatabase(): void {
    const port = Port.tcp(DATABASE_PORT);
    this.functions.connections.allowTo(this.database, port, 'Queries of functions');
    this.migrator.connections.allowTo(this.database, port, 'Migrations');
  }

  private openTraces(otlp: Settings['otlp']): void {
    if (otlp instanceof URL) {
      const port = Number(otlp.port || (otlp.protocol === 'https:' ? 443 : 80));
      this.functions.addEgressRule(Peer.anyIpv4(), Port.tcp(port), 'Spans to the collector of --context otlp');
    }
    if (this.traces === undefined) return;
    this.functions.connections.allowTo(this.traces, Port.tcp(OTLP_PORT), 'Spans to the Jaeger task');
    this.traces.addEgressRule(Peer.anyIpv4(), HTTPS, 'Image registry, CloudWatch Logs, Systems Manager');
  }

  /** A custom resource answers CloudFormation by a PUT to a presigned URL of this bucket. */
  private openAnswers(): void {
    this.migrator.addEgressRule(Peer.anyIpv4(), HTTPS, 'The answer to CloudFormation: S3 is all that is routed');
    const answers = this.vpc.addGatewayEndpoint('Answers', {
      service: GatewayVpcEndpointAwsService.S3,
      subnets: [{ subnets: this.isolatedSubnets }],
    });
    answers.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [`arn:${Aws.PARTITION}:s3:::cloudformation-custom-resource-response-*/*`],
      }),
    );
  }
}

function createVpc(scope: Construct, withEgress: boolean): Vpc {
  const vpc = new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.42.0.0/16'),
    maxAzs: 2,
    subnetConfiguration: subnets(withEgress),
    createInternetGateway: withEgress,
    ...(withEgress ? { natGateways: 1, natGatewayProvider: NatProvider.regionalGateway() } : { natGateways: 0 }),
  });
  // CDK waits for the Internet gateway, but not until it is attached.
  if (withEgress) vpc.node.findChild('RegionalNatGateway').node.addDependency(vpc.node.findChild('VPCGW'));
  return vpc;
}

function subnets(withEgress: boolean): SubnetConfiguration[] {
  const isolated = SubnetType.PRIVATE_ISOLATED;
  return [
    { name: 'functions', subnetType: isolated, cidrMask: 20 },
    { name: 'database', subnetType: isolated, cidrMask: 24 },
    ...(withEgress ? [{ name: 'egress', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 }] : []),
  ];
}
