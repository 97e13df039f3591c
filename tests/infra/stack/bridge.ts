import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod/mini';
import { resource, resources, templateOf, text } from '../../fixtures/synthesised.ts';
import { aws, statusLine, submitLine, type WideLine } from '../../fixtures/wide-line.ts';

const FILTERS = 'AWS::Logs::SubscriptionFilter';

/**
 * What CloudWatch Logs makes of a filter of the one form that we use, `{ $.a[0].b = "text" }`: the line must be JSON
 * and have this text at this place.
 */
function matches(pattern: string, line: string): boolean {
  const [, selector = '', wanted] = /^\{ \$((?:\.\w+|\[\d+\])+) = "([^"]*)" \}$/.exec(pattern) ?? [];
  assert.notEqual(selector, '', pattern);
  const steps = [...selector.matchAll(/\w+/g)].map(([step]) => step);
  try {
    const json: unknown = JSON.parse(line);
    return steps.reduce(member, json) === wanted;
  } catch {
    return false;
  }
}

function member(value: unknown, name: string): unknown {
  const members: [string, unknown][] = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return new Map(members).get(name);
}

function otherNamespace(): WideLine {
  return JSON.parse(JSON.stringify(submitLine()).replace('"PriorAuth"', '"PriorAuthOther"')) as WideLine;
}

describe('the subscription of the bridge', () => {
  it('is on the two functions that write wide lines, and not on its own log', () => {
    const template = templateOf();
    const groups = resources(template, FILTERS).map(({ Properties }) => text(Properties['LogGroupName']));
    const wanted = ['status', 'submit'].map(
      (name) => `«${resource(template, 'AWS::Logs::LogGroup', `Logs/${name}`).id}»`,
    );
    assert.deepEqual(groups.sort(), wanted.sort());
  });

  it('delivers the EMF lines of this service and nothing else', () => {
    for (const { Properties } of resources(templateOf(), FILTERS)) {
      const pattern = z.string().parse(Properties['FilterPattern']);
      for (const line of [submitLine(), submitLine({ status: 'error', http_status: 503 }), statusLine()]) {
        assert.ok(matches(pattern, JSON.stringify(line)));
      }
      const others = [
        'REPORT RequestId: 6f7ec3d0 Duration: 12.18 ms Billed Duration: 13 ms "Namespace":"PriorAuth"',
        JSON.stringify({ level: 'ERROR', message: 'A probe failed', service: 'prior-auth-api' }),
        JSON.stringify(otherNamespace()),
        JSON.stringify({ ...aws([], {}), _aws: { Timestamp: 1, CloudWatchMetrics: [] } }),
        JSON.stringify({ message: JSON.stringify(submitLine()) }),
      ];
      for (const line of others) assert.ok(!matches(pattern, line), line);
    }
  });

  it('may invoke it for these log groups of this account alone', () => {
    const template = templateOf();
    const permissions = resources(template, 'AWS::Lambda::Permission').filter(
      ({ Properties }) => Properties['Principal'] === 'logs.amazonaws.com',
    );
    assert.deepEqual(
      permissions.map(({ Properties }) => [text(Properties['SourceArn']), text(Properties['SourceAccount'])]),
      ['status', 'submit'].map((name) => [
        `«${resource(template, 'AWS::Logs::LogGroup', `Logs/${name}`).id}.Arn»`,
        '«AWS::AccountId»',
      ]),
    );
    for (const filter of resources(template, FILTERS)) {
      assert.ok(permissions.some(({ id }) => filter.DependsOn.includes(id)));
    }
  });
});

describe('a delivery that fails for good', () => {
  const template = templateOf();
  const queue = resource(template, 'AWS::SQS::Queue', 'Deliveries');
  const bridge = resource(template, 'AWS::Lambda::Function', 'Bridge');

  it('waits in a queue for less than the time for which the bridge knows the ids of events', () => {
    assert.deepEqual(bridge.Properties['DeadLetterConfig'], { TargetArn: { 'Fn::GetAtt': [queue.id, 'Arn'] } });
    const days = z.number().parse(queue.Properties['MessageRetentionPeriod']) / 86_400;
    assert.equal(days, 14);
    assert.equal(queue.Properties['SqsManagedSseEnabled'], true);
  });

  it('has a way back that is shut', () => {
    const mapping = resource(template, 'AWS::Lambda::EventSourceMapping').Properties;
    assert.equal(mapping['Enabled'], false);
    assert.equal(text(mapping['EventSourceArn']), `«${queue.id}.Arn»`);
    assert.equal(text(mapping['FunctionName']), `«${bridge.id}»`);
    assert.deepEqual(mapping['ScalingConfig'], { MaximumConcurrency: 2 });
  });

  it('is hidden, while the bridge has it, for six times as long as the bridge may take', () => {
    assert.equal(queue.Properties['VisibilityTimeout'], 6 * z.number().parse(bridge.Properties['Timeout']));
  });
});

describe('the timer of reconcile', () => {
  it('runs every five minutes, tries again, and leaves a call that failed in a queue', () => {
    const template = templateOf();
    const { ScheduleExpression, Targets } = resource(template, 'AWS::Events::Rule').Properties;
    assert.equal(ScheduleExpression, 'rate(5 minutes)');
    const [target] = z.tuple([z.record(z.string(), z.unknown())]).parse(Targets);
    const queue = resource(template, 'AWS::SQS::Queue', 'Calls').id;
    assert.equal(text(target['Arn']), `«${resource(template, 'AWS::Lambda::Function', 'Reconcile').id}.Arn»`);
    assert.deepEqual(target['DeadLetterConfig'], { Arn: { 'Fn::GetAtt': [queue, 'Arn'] } });
    assert.deepEqual(target['RetryPolicy'], { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 2 });
  });
});
