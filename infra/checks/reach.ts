/**
 * Whether everything in the VPC reaches what it needs, and nothing reaches the Internet that need not: derived from the
 * template itself (environment, custom resources, images), so that a new function is checked without being told of.
 * Pure.
 */
import * as z from 'zod/mini';
import { networkOf, type Place, type VpcNetwork } from './vpc-network.ts';
import { Reference, resourcesOf, type Fault, type Template } from './template.ts';

/** Somewhere that is reached through security groups, by a route out, or, S3 alone, by a gateway endpoint. */
interface Need {
  readonly what: string;
  readonly port: number;
  readonly way: { readonly groups: readonly string[] } | 'internet' | 's3';
}

interface Caller extends Place {
  readonly id: string;
  readonly needs: readonly Need[];
}

const HTTPS = 443;

export function reachFaults(template: Template): Fault[] {
  const network = networkOf(template);
  return [...functionsOf(template), ...tasksOf(template)].flatMap((caller) => [
    ...caller.needs.flatMap((need) =>
      reaches(network, caller, need)
        ? []
        : [{ resource: caller.id, text: `has no way to ${need.what} (${need.port})` }],
    ),
    ...(caller.needs.some(({ way }) => way === 'internet') || !network.hasWayOut(caller.subnets)
      ? []
      : [{ resource: caller.id, text: 'has a way to the Internet and needs none' }]),
  ]);
}

function reaches(network: VpcNetwork, caller: Place, { way, port }: Need): boolean {
  if (way === 'internet') return network.routesOut(caller.subnets) && network.letsOut(caller.groups, port);
  if (way === 's3') {
    const isRouted = network.routesToS3(caller.subnets) || network.routesOut(caller.subnets);
    return isRouted && network.letsOut(caller.groups, port);
  }
  return way.groups.some((group) => network.connects(caller.groups, group, port));
}

const List = z.array(Reference);
const Variables = z.record(z.string(), z.unknown());
const LambdaFunction = z.object({
  VpcConfig: z.optional(z.object({ SubnetIds: List, SecurityGroupIds: List })),
  Environment: z._default(z.object({ Variables }), { Variables: {} }),
});
const Cluster = z.object({ VpcSecurityGroupIds: List, Port: z.number() });
const CustomResource = z.object({ ServiceToken: Reference });
const EcsService = z.object({
  TaskDefinition: Reference,
  NetworkConfiguration: z.object({ AwsvpcConfiguration: z.object({ Subnets: List, SecurityGroups: List }) }),
});

function functionsOf(template: Template): Caller[] {
  const [cluster] = resourcesOf(template, 'AWS::RDS::DBCluster', Cluster);
  const answering = answeringFunctions(template);
  return resourcesOf(template, 'AWS::Lambda::Function', LambdaFunction).flatMap(({ id, properties }) => {
    const { VpcConfig: vpc, Environment: environment } = properties;
    // Outside of the VPC a function stands in Lambda's own network, from where everything is reached.
    if (vpc === undefined) return [];
    const { DATABASE_URL: database, OTEL_EXPORTER_OTLP_ENDPOINT: otlp } = environment.Variables;
    const needs: Need[] = [
      ...(database === undefined || cluster === undefined
        ? []
        : [
            {
              what: 'PostgreSQL',
              port: cluster.properties.Port,
              way: { groups: cluster.properties.VpcSecurityGroupIds },
            },
          ]),
      ...(otlp === undefined ? [] : [collectorOf(template, z.parse(z.string(), otlp))]),
      ...(answering.has(id) ? [{ what: 'the answer to CloudFormation', port: HTTPS, way: 's3' as const }] : []),
    ];
    return [{ id, subnets: vpc.SubnetIds, groups: vpc.SecurityGroupIds, needs }];
  });
}

/** The handlers of custom resources. */
function answeringFunctions(template: Template): Set<string> {
  const types = new Set(Object.values(template.Resources).map(({ Type }) => Type));
  const custom = [...types].filter(
    (type) => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource',
  );
  return new Set(
    custom.flatMap((type) =>
      resourcesOf(template, type, CustomResource).map(({ properties }) => properties.ServiceToken),
    ),
  );
}

/** A collector with a name of the VPC's own is the task that runs here. */
function collectorOf(template: Template, endpoint: string): Need {
  const { hostname, port, protocol } = new URL(endpoint);
  const number = Number(port || (protocol === 'https:' ? HTTPS : 80));
  if (!hostname.endsWith('.internal')) return { what: hostname, port: number, way: 'internet' };
  const services = resourcesOf(template, 'AWS::ECS::Service', EcsService);
  const groups = services.flatMap(
    ({ properties }) => properties.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups,
  );
  return { what: hostname, port: number, way: { groups } };
}

/** A task pulls its image, and writes its log and opens sessions, from its own network interface. */
function tasksOf(template: Template): Caller[] {
  return resourcesOf(template, 'AWS::ECS::Service', EcsService).map(({ id, properties }) => {
    const { Subnets: subnets, SecurityGroups: groups } = properties.NetworkConfiguration.AwsvpcConfiguration;
    const whats = ['the image registry', 'CloudWatch Logs', 'Systems Manager'];
    const needs = whats.map((what): Need => ({ what, port: HTTPS, way: 'internet' }));
    return { id, subnets, groups, needs };
  });
}
