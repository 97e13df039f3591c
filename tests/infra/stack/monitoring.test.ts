import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import * as z from 'zod/mini';
import { CATALOGUE, STATUSES } from '../../../functions/contract/catalogue.ts';
import { resource, resources, templateOf, text } from '../../fixtures/synthesised.ts';

const Metric = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z._default(z.array(z.object({ Name: z.string(), Value: z.unknown() })), []),
});
const Alarm = z.object({
  Threshold: z.number(),
  ComparisonOperator: z.string(),
  TreatMissingData: z.string(),
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.unknown()),
  Namespace: z.optional(z.string()),
  MetricName: z.optional(z.string()),
  Dimensions: z._default(z.array(z.object({ Name: z.string(), Value: z.unknown() })), []),
  EvaluationPeriods: z.number(),
  Metrics: z._default(
    z.array(
      z.object({ Expression: z.optional(z.string()), MetricStat: z.optional(z.object({ Metric, Stat: z.string() })) }),
    ),
    [],
  ),
});

function alarm(name: string): z.infer<typeof Alarm> {
  return Alarm.parse(resource(templateOf(), 'AWS::CloudWatch::Alarm', `Alarms/${name}/`).Properties);
}

/** What a condition of an alarm looks at: namespace, name, and each dimension that is no reference. */
function subjects({ Metrics, Namespace, MetricName, Dimensions }: z.infer<typeof Alarm>): string[] {
  const direct = Namespace === undefined || MetricName === undefined ? [] : [{ Namespace, MetricName, Dimensions }];
  const all = [...direct, ...Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []))];
  return all.map((metric) => {
    const dimensions = metric.Dimensions.map(({ Name, Value }) =>
      typeof Value === 'string' ? `${Name}=${Value}` : Name,
    );
    return [metric.Namespace, metric.MetricName, ...dimensions].join(' ');
  });
}

describe('the alarms', () => {
  it('are told to a topic that is encrypted, when they begin and when they end', () => {
    const template = templateOf();
    const topic = resource(template, 'AWS::SNS::Topic');
    const key = resource(template, 'AWS::KMS::Key', 'TelemetryKey').id;
    assert.equal(text(topic.Properties['KmsMasterKeyId']), `«${key}.Arn»`);
    const alarms = resources(template, 'AWS::CloudWatch::Alarm');
    assert.equal(alarms.length, 9);
    for (const { Properties } of alarms) {
      assert.deepEqual(Properties['AlarmActions'], [{ Ref: topic.id }]);
      assert.deepEqual(Properties['OKActions'], [{ Ref: topic.id }]);
    }
  });

  it('may publish to it, over TLS, and so may its key be used', () => {
    const template = templateOf();
    const Statement = z.object({
      Effect: z.string(),
      Principal: z.unknown(),
      Action: z.unknown(),
      Condition: z.unknown(),
    });
    const policy = z.object({ Statement: z.array(Statement) });
    const { PolicyDocument } = resource(template, 'AWS::SNS::TopicPolicy').Properties;
    const { Statement: statements } = policy.parse(PolicyDocument);
    const cloudwatch = { Service: 'cloudwatch.amazonaws.com' };
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    assert.deepEqual(
      allowed.map(({ Principal, Action }) => [Principal, Action]),
      [[cloudwatch, 'sns:Publish']],
    );
    assert.ok(
      statements.some(
        ({ Effect, Condition }) => Effect === 'Deny' && /SecureTransport/.test(JSON.stringify(Condition)),
      ),
    );
    const { KeyPolicy } = resource(template, 'AWS::KMS::Key', 'TelemetryKey').Properties;
    const keyPolicy = z.object({ Statement: z.array(z.looseObject({ Principal: z.unknown() })) }).parse(KeyPolicy);
    const use = keyPolicy.Statement.find(({ Principal }) => JSON.stringify(Principal) === JSON.stringify(cloudwatch));
    assert.deepEqual(use?.['Condition'], { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } });
  });

  it('tell deliveries that were not counted from calls that failed', () => {
    const queue = (name: string) => text(alarm(name).Dimensions.find(({ Name }) => Name === 'QueueName')?.Value);
    for (const [name, kind] of [
      ['LostDeliveries', 'Deliveries'],
      ['LostCalls', 'Calls'],
    ] as const) {
      const { id } = resource(templateOf(), 'AWS::SQS::Queue', `DeadLetters/${kind}/`);
      assert.equal(queue(name), `«${id}.QueueName»`);
    }
  });

  it('go to the address of the context, and to nobody without one', () => {
    templateOf().resourceCountIs('AWS::SNS::Subscription', 0);
    const { Protocol, Endpoint } = resource(
      templateOf({ 'alarm-email': 'on-call@example.com' }),
      'AWS::SNS::Subscription',
    ).Properties;
    assert.deepEqual([Protocol, Endpoint], ['email', 'on-call@example.com']);
  });

  it('compare failed submits with all of them, by the service’s own EMF', () => {
    const errors = alarm('Errors');
    const wanted = STATUSES.map(
      (status) => `PriorAuth prior_auth_requests_total service=prior-auth-api status=${status}`,
    );
    assert.deepEqual(subjects(errors), wanted);
    assert.equal(
      errors.Metrics[0]?.Expression,
      `FILL(error, 0) / (${STATUSES.map((s) => `FILL(${s}, 0)`).join(' + ')})`,
    );
    assert.equal(errors.Threshold, 0.0144);
    assert.ok('prior_auth_requests_total' in CATALOGUE);
  });

  it('know when accepted submits are slow', () => {
    const latency = alarm('Latency');
    assert.deepEqual(subjects(latency), [
      'PriorAuth prior_auth_request_duration_seconds service=prior-auth-api status=success',
    ]);
    assert.equal(latency.Metrics[0]?.MetricStat?.Stat, 'p99');
    assert.equal(latency.Threshold, 1);
  });

  it('watch every function that serves, and the gateway, for errors and throttles', () => {
    for (const [name, metric] of [
      ['FunctionErrors', 'Errors'],
      ['Throttles', 'Throttles'],
    ] as const) {
      assert.deepEqual(subjects(alarm(name)), Array(6).fill(`AWS/Lambda ${metric} FunctionName`));
      assert.equal(alarm(name).Threshold, 0);
    }
    assert.deepEqual(subjects(alarm('Gateway')), ['AWS/ApiGateway 5xx ApiId']);
  });

  it('tell of each dead letter, of a backlog, and of a database near its limit', () => {
    const visible = ['AWS/SQS ApproximateNumberOfMessagesVisible QueueName'];
    for (const name of ['LostDeliveries', 'LostCalls']) {
      assert.deepEqual(subjects(alarm(name)), visible);
      assert.equal(alarm(name).Threshold, 0);
    }
    assert.deepEqual(subjects(alarm('Backlog')), ['AWS/Lambda AsyncEventAge FunctionName']);
    assert.equal(alarm('Backlog').Threshold, 1_800_000);
    assert.deepEqual(subjects(alarm('Capacity')), ['AWS/RDS ACUUtilization DBClusterIdentifier']);
    assert.equal(alarm('Capacity').Threshold, 90);
  });

  it('ring above their threshold, and not for want of requests', () => {
    for (const { Properties } of resources(templateOf(), 'AWS::CloudWatch::Alarm')) {
      const { ComparisonOperator, TreatMissingData } = Alarm.parse(Properties);
      assert.deepEqual([ComparisonOperator, TreatMissingData], ['GreaterThanThreshold', 'notBreaching']);
    }
  });
});

describe('the dashboard', () => {
  it('shows the alarms, submits by status and how long they took', () => {
    const body = text(resource(templateOf(), 'AWS::CloudWatch::Dashboard').Properties['DashboardBody']);
    const { widgets } = z.object({ widgets: z.array(z.object({ type: z.string() })) }).parse(JSON.parse(body));
    assert.deepEqual(
      widgets.map(({ type }) => type),
      ['alarm', ...Array<string>(6).fill('metric')],
    );
    for (const status of STATUSES) assert.ok(body.includes(`"status","${status}"`), status);
    for (const percentile of ['p50', 'p95', 'p99']) assert.ok(body.includes(`"stat":"${percentile}"`), percentile);
  });
});
