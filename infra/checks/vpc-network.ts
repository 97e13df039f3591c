/** Routes and security groups of a template, as questions. Pure. */
import * as z from 'zod/mini';
import { Reference, resourcesOf, type Template } from './template.ts';

/** Logical ids. */
export interface Place {
  readonly subnets: readonly string[];
  readonly groups: readonly string[];
}

export interface VpcNetwork {
  /** Each of the subnets has a route to the Internet. */
  routesOut(subnets: readonly string[]): boolean;
  /** One of them has. */
  hasWayOut(subnets: readonly string[]): boolean;
  routesToS3(subnets: readonly string[]): boolean;
  /** The groups let a connection out to any address. */
  letsOut(groups: readonly string[], port: number): boolean;
  /** The groups let a connection out to another group, and that one lets it in. */
  connects(groups: readonly string[], to: string, port: number): boolean;
}

const ANYWHERE = '0.0.0.0/0';
const Association = z.object({ SubnetId: Reference, RouteTableId: Reference });
const Route = z.object({
  RouteTableId: Reference,
  DestinationCidrBlock: z.optional(z.string()),
  NatGatewayId: z.optional(z.unknown()),
  GatewayId: z.optional(z.unknown()),
});
const Endpoint = z.object({ ServiceName: z.unknown(), RouteTableIds: z._default(z.array(Reference), []) });
const ports = { IpProtocol: z.string(), FromPort: z.optional(z.number()), ToPort: z.optional(z.number()) };
const Group = z.object({
  SecurityGroupEgress: z._default(z.array(z.object({ ...ports, CidrIp: z.optional(z.string()) })), []),
});
const Egress = z.object({ ...ports, GroupId: Reference, DestinationSecurityGroupId: z.optional(Reference) });
const Ingress = z.object({ ...ports, GroupId: Reference, SourceSecurityGroupId: z.optional(Reference) });
type Ports = z.infer<z.ZodMiniObject<typeof ports>>;

export function networkOf(template: Template): VpcNetwork {
  const tableOf = new Map(
    resourcesOf(template, 'AWS::EC2::SubnetRouteTableAssociation', Association).map(({ properties }) => [
      properties.SubnetId,
      properties.RouteTableId,
    ]),
  );
  const out = tablesOut(template);
  const toS3 = tablesToS3(template);
  const isIn = (tables: ReadonlySet<string>) => (subnet: string) => tables.has(tableOf.get(subnet) ?? '');
  return {
    routesOut: (subnets) => subnets.every(isIn(out)),
    hasWayOut: (subnets) => subnets.some(isIn(out)),
    routesToS3: (subnets) => subnets.every(isIn(toS3)),
    ...securityGroupsOf(template),
  };
}

function tablesOut(template: Template): Set<string> {
  const routes = resourcesOf(template, 'AWS::EC2::Route', Route).map(({ properties }) => properties);
  const out = routes.filter(
    (route) => route.DestinationCidrBlock === ANYWHERE && (route.NatGatewayId ?? route.GatewayId),
  );
  return new Set(out.map((route) => route.RouteTableId));
}

function tablesToS3(template: Template): Set<string> {
  const endpoints = resourcesOf(template, 'AWS::EC2::VPCEndpoint', Endpoint).map(({ properties }) => properties);
  const s3 = endpoints.filter(({ ServiceName }) => JSON.stringify(ServiceName).includes('.s3"'));
  return new Set(s3.flatMap(({ RouteTableIds }) => RouteTableIds));
}

function securityGroupsOf(template: Template): Pick<VpcNetwork, 'letsOut' | 'connects'> {
  const own = new Map(
    resourcesOf(template, 'AWS::EC2::SecurityGroup', Group).map(({ id, properties }) => [
      id,
      properties.SecurityGroupEgress,
    ]),
  );
  const egress = resourcesOf(template, 'AWS::EC2::SecurityGroupEgress', Egress).map(({ properties }) => properties);
  const ingress = resourcesOf(template, 'AWS::EC2::SecurityGroupIngress', Ingress).map(({ properties }) => properties);
  return {
    letsOut: (groups, port) =>
      groups.some((group) => own.get(group)?.some((rule) => rule.CidrIp === ANYWHERE && covers(rule, port))),
    connects: (groups, to, port) =>
      groups.some(
        (from) =>
          egress.some(
            (rule) => rule.GroupId === from && rule.DestinationSecurityGroupId === to && covers(rule, port),
          ) && ingress.some((rule) => rule.GroupId === to && rule.SourceSecurityGroupId === from && covers(rule, port)),
      ),
  };
}

function covers({ IpProtocol, FromPort, ToPort }: Ports, port: number): boolean {
  return IpProtocol === 'tcp' && FromPort !== undefined && ToPort !== undefined && FromPort <= port && port <= ToPort;
}
