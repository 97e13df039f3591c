import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  AvailabilityZoneRebalancing,
  AwsLogDriver,
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal, type IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { DnsRecordType, PrivateDnsNamespace } from 'aws-cdk-lib/aws-servicediscovery';
import { Construct } from 'constructs';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { OTLP_PORT, type Network } from './network.ts';

/** The release that docker-compose.local.yml runs; see there why no later one. */
const IMAGE = 'jaegertracing/jaeger:2.20.0';
const HEALTH = 'http://127.0.0.1:13133/status';
/** The user that the image is made for, and whose /tmp it is. */
const USER = '10001:10001';
/**
 * docker-compose.local.yml lets it have 768 MB; of Fargate's sizes this is the next one. Spans are on its disk, 20 GB.
 */
const MEMORY_MIB = 1024;
const CPU_UNITS = 256;
const NAME = 'traces';

export interface TracesProps {
  readonly prefix: string;
  readonly network: Network;
  readonly securityGroup: ISecurityGroup;
  readonly logGroup: ILogGroup;
  /** Container Insights writes to the group of this name, and would make one that is not encrypted. */
  readonly insights: ILogGroup;
  readonly sessions: IManagedPolicy;
}

/**
 * One private Jaeger: OTLP receiver, store and page in a Fargate task. Nobody but the functions can reach it; a laptop
 * opens its page through a session of Systems Manager. Its store lives as long as the task: traces are for the days
 * after a request, the audit trail is for ever.
 */
export class Traces extends Construct {
  /**
   * For OTEL_EXPORTER_OTLP_ENDPOINT. Plain HTTP: it does not leave the VPC, and spans hold nothing of a request's body.
   */
  readonly endpoint: string;
  readonly service: FargateService;

  constructor(scope: Construct, id: string, props: TracesProps) {
    super(scope, id);
    const { network, prefix } = props;
    const namespace = new PrivateDnsNamespace(this, 'Names', { vpc: network.vpc, name: `${prefix}.internal` });
    const cluster = new Cluster(this, 'Cluster', {
      clusterName: prefix,
      vpc: network.vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
    });
    cluster.node.addDependency(props.insights);
    this.service = new FargateService(this, 'Service', {
      serviceName: NAME,
      // As in network.ts.
      cluster: cluster as ICluster,
      taskDefinition: this.createTask(props),
      desiredCount: 1,
      // Two would be two stores: the old one stops before the new one starts.
      minHealthyPercent: 0,
      maxHealthyPercent: 100,
      // Which goes with that alone; unset, ECS turns it on wherever it can.
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.DISABLED,
      circuitBreaker: { rollback: true },
      enableExecuteCommand: true,
      securityGroups: [props.securityGroup],
      // In one zone: the NAT gateway is paid by zone.
      vpcSubnets: { subnets: network.egressSubnets.slice(0, 1) },
      cloudMapOptions: {
        cloudMapNamespace: namespace,
        name: NAME,
        dnsRecordType: DnsRecordType.A,
        dnsTtl: Duration.seconds(10),
      },
    });
    // Without the route the image cannot be pulled.
    this.service.node.addDependency(...network.egressSubnets.map((subnet) => subnet.internetConnectivityEstablished));
    this.endpoint = `http://${NAME}.${prefix}.internal:${OTLP_PORT}`;
  }

  private createTask({ prefix, logGroup, sessions }: TracesProps): FargateTaskDefinition {
    const task = new FargateTaskDefinition(this, 'Task', {
      family: `${prefix}-${NAME}`,
      cpu: CPU_UNITS,
      memoryLimitMiB: MEMORY_MIB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole: this.createRole('TaskRole', sessions).withoutPolicyUpdates(),
      executionRole: this.createRole('ExecutionRole', this.mayLog(logGroup)).withoutPolicyUpdates(),
    });
    task.addContainer('Jaeger', {
      containerName: 'jaeger',
      image: ContainerImage.fromRegistry(IMAGE),
      user: USER,
      command: jaegerArguments(),
      portMappings: [{ containerPort: OTLP_PORT }],
      logging: new AwsLogDriver({ logGroup, streamPrefix: 'jaeger' }),
      healthCheck: {
        command: ['CMD', 'wget', '-q', '-O', '/dev/null', HEALTH],
        interval: Duration.seconds(10),
        startPeriod: Duration.seconds(30),
      },
    });
    return task;
  }

  private createRole(id: string, policy: IManagedPolicy): Role {
    return new Role(this, id, {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      managedPolicies: [policy],
    });
  }

  private mayLog(logGroup: ILogGroup): ManagedPolicy {
    return new ManagedPolicy(this, 'MayLog', {
      statements: [
        new PolicyStatement({
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        }),
      ],
    });
  }
}

/**
 * The repository's configuration, and OTLP over HTTP beside gRPC: the functions speak it, and there is no collector
 * between.
 */
function jaegerArguments(): string[] {
  const configuration = readFileSync(resolve(import.meta.dirname, '../../local/monitoring/jaeger/jaeger.yaml'), 'utf8');
  const http = `receivers: { otlp: { protocols: { http: { endpoint: '0.0.0.0:${OTLP_PORT}' } } } }`;
  return [`--config=yaml:${configuration}`, `--config=yaml:${http}`];
}
