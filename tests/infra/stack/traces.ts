import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { resource, templateOf, text } from '../../fixtures/synthesised.ts';

const LOCAL = resolve(import.meta.dirname, '../../../local/monitoring/jaeger/jaeger.yaml');
const Container = z.object({
  Image: z.string(),
  User: z.string(),
  Command: z.array(z.string()),
  PortMappings: z.array(z.object({ ContainerPort: z.number() })),
  Environment: z.optional(z.unknown()),
});

describe('the Jaeger task', () => {
  const template = templateOf();
  const service = resource(template, 'AWS::ECS::Service').Properties;
  const [container] = z
    .tuple([Container])
    .parse(resource(template, 'AWS::ECS::TaskDefinition').Properties['ContainerDefinitions']);

  it('runs the release that the Docker stack runs, without root', () => {
    const compose = readFileSync(resolve(LOCAL, '../../../../docker-compose.local.yml'), 'utf8');
    assert.match(container.Image, /^jaegertracing\/jaeger:2\.\d+\.\d+$/);
    assert.ok(compose.includes(`image: ${container.Image}\n`));
    assert.ok(compose.includes(`user: '${container.User}'`));
  });

  it('has the repository’s configuration, and takes OTLP over HTTP where the functions send it', () => {
    const [first, second] = container.Command.map((argument) => argument.replace('--config=yaml:', ''));
    assert.equal(first, readFileSync(LOCAL, 'utf8'));
    assert.deepEqual(parse(second ?? ''), {
      receivers: { otlp: { protocols: { http: { endpoint: '0.0.0.0:4318' } } } },
    });
    assert.deepEqual(
      container.PortMappings.map(({ ContainerPort }) => ContainerPort),
      [4318],
    );
  });

  it('is private: one task in one zone without a public address, opened by a session', () => {
    const { AwsvpcConfiguration } = z
      .object({ AwsvpcConfiguration: z.object({ AssignPublicIp: z.string(), Subnets: z.array(z.unknown()) }) })
      .parse(service['NetworkConfiguration']);
    assert.equal(AwsvpcConfiguration.AssignPublicIp, 'DISABLED');
    assert.equal(AwsvpcConfiguration.Subnets.length, 1);
    assert.equal(service['DesiredCount'], 1);
    assert.equal(service['EnableExecuteCommand'], true);
    template.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 0);
  });

  it('is found by the name that the functions are given', () => {
    const names = resource(template, 'AWS::ServiceDiscovery::PrivateDnsNamespace').Properties['Name'];
    const name = resource(template, 'AWS::ServiceDiscovery::Service').Properties['Name'];
    assert.equal(`${String(name)}.${String(names)}`, 'traces.prior-auth-sandbox.internal');
  });

  it('stops before another one starts: two would be two stores', () => {
    const deployment = z
      .object({ MinimumHealthyPercent: z.number(), MaximumPercent: z.number() })
      .parse(service['DeploymentConfiguration']);
    assert.deepEqual(deployment, { MinimumHealthyPercent: 0, MaximumPercent: 100 });
    assert.equal(service['AvailabilityZoneRebalancing'], 'DISABLED');
  });

  it('starts when its image can be pulled', () => {
    const { DependsOn } = resource(template, 'AWS::ECS::Service');
    assert.ok(DependsOn.some((id) => id.includes('DefaultRoute')));
  });

  it('has its numbers in a log group that is there before, encrypted', () => {
    const insights = resource(template, 'AWS::Logs::LogGroup', 'Insights');
    const cluster = resource(template, 'AWS::ECS::Cluster');
    const wanted = `/aws/ecs/containerinsights/${text(cluster.Properties['ClusterName'])}/performance`;
    assert.equal(insights.Properties['LogGroupName'], wanted);
    assert.ok(cluster.DependsOn.includes(insights.id));
  });

  it('is not there when traces go elsewhere, or nowhere', () => {
    for (const otlp of ['off', 'https://otlp.example.com']) {
      templateOf({ otlp }).resourceCountIs('AWS::ECS::Service', 0);
    }
  });
});
