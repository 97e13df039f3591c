import { Aws, Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { duration, errorShare, PERIOD } from '../emf-metrics.ts';
import type { DeadLetters } from './dead-letters.ts';

/**
 * The burn of the availability objective (99.9 % in 30 days) at which somebody is woken: 14.4 times as fast as evenly
 * over those days, for which a fiftieth of the allowance is gone in an hour
 * (https://sre.google/workbook/alerting-on-slos/).
 */
const ERROR_SHARE = 0.0144;
/** 99 % of accepted submits are faster. */
const LATENCY = { percentile: 99, seconds: 1 };
/** Both last this many periods of five minutes. */
const LASTING = 3;
/** Lambda gives an asynchronous event up after six hours; half an hour of it is no hiccup. */
const BACKLOG = Duration.minutes(30);
const CAPACITY_PERCENT = 90;

export interface AlarmsProps {
  readonly key: IKey;
  readonly email: string | undefined;
  readonly functions: Readonly<Record<string, IFunction>>;
  readonly bridge: IFunction;
  readonly apiId: string;
  readonly deadLetters: DeadLetters;
  readonly clusterIdentifier: string;
}

interface Rule {
  readonly id: string;
  readonly metric: IMetric;
  readonly above: number;
  readonly description: string;
  readonly periods?: number;
}

/**
 * What CloudWatch raises by itself, from the log lines and AWS' own metrics: it works when the database, and so
 * /metrics, does not.
 */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { masterKey: props.key, enforceSSL: true });
    this.topic.addToResourcePolicy(alarmsMayPublish(this.topic));
    if (props.email !== undefined) {
      this.topic.addSubscription(new EmailSubscription(props.email, { deadLetterQueue: props.deadLetters.calls }));
    }
    const action = new SnsAction(this.topic);
    this.alarms = rules(props).map((rule) => {
      const alarm = this.raise(rule);
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
      return alarm;
    });
  }

  private raise({ id, metric, above, description, periods = 1 }: Rule): Alarm {
    return new Alarm(this, id, {
      alarmDescription: description,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
      // Without requests there is nothing to say; what is broken for everybody shows at API Gateway.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

/** A policy of its own takes the place of the one by which a topic lets alarms in. */
function alarmsMayPublish(topic: Topic): PolicyStatement {
  const alarms = `arn:${Aws.PARTITION}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:*`;
  return new PolicyStatement({
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions: { ArnLike: { 'aws:SourceArn': alarms } },
  });
}

function rules(props: AlarmsProps): Rule[] {
  return [
    {
      id: 'Errors',
      metric: errorShare(),
      above: ERROR_SHARE,
      periods: LASTING,
      description: `More than ${ERROR_SHARE * 100} % of submits were answered 5xx.`,
    },
    {
      id: 'Latency',
      metric: duration(LATENCY.percentile),
      above: LATENCY.seconds,
      periods: LASTING,
      description: `p${LATENCY.percentile} of accepted submits is above ${LATENCY.seconds} s.`,
    },
    ...platformRules(props),
    ...deliveryRules(props),
    ...databaseRules(props),
  ];
}

function platformRules({ apiId, functions }: AlarmsProps): Rule[] {
  const all = Object.entries(functions);
  const sumOf = (name: 'errors' | 'throttles') =>
    new MathExpression({
      expression: all.map(([id]) => `FILL(${id}, 0)`).join(' + '),
      usingMetrics: Object.fromEntries(
        all.map(([id, one]) => [
          id,
          name === 'errors' ? one.metricErrors({ period: PERIOD }) : one.metricThrottles({ period: PERIOD }),
        ]),
      ),
      period: PERIOD,
      label: name,
    });
  const failed = new Metric({
    namespace: 'AWS/ApiGateway',
    metricName: '5xx',
    dimensionsMap: { ApiId: apiId },
    statistic: Stats.SUM,
    period: PERIOD,
  });
  return [
    {
      id: 'FunctionErrors',
      metric: sumOf('errors'),
      above: 0,
      description:
        'A function crashed, ran out of time, or could not do its batch: what it answers itself is not counted here.',
    },
    {
      id: 'Throttles',
      metric: sumOf('throttles'),
      above: 0,
      description: 'More executions were wanted than --context concurrency, or the account, allows.',
    },
    { id: 'Gateway', metric: failed, above: 0, periods: LASTING, description: 'API Gateway goes on answering 5xx.' },
  ];
}

function deliveryRules({ bridge, deadLetters }: AlarmsProps): Rule[] {
  const waiting = (queue: IQueue) =>
    queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: PERIOD });
  const age = bridge.metric('AsyncEventAge', { statistic: Stats.MAXIMUM, period: PERIOD });
  return [
    {
      id: 'LostDeliveries',
      metric: waiting(deadLetters.deliveries),
      above: 0,
      description:
        'Log lines were not counted. When the database is well again: turn the event source of output ReplayId on.',
    },
    {
      id: 'LostCalls',
      metric: waiting(deadLetters.calls),
      above: 0,
      description: 'The timer of reconcile, a migration or a message to whoever gets the alarms failed for good.',
    },
    {
      id: 'Backlog',
      metric: age,
      above: BACKLOG.toMilliseconds(),
      description: `Log lines wait for more than ${BACKLOG.toMinutes()} minutes to be counted.`,
    },
  ];
}

function databaseRules({ clusterIdentifier }: AlarmsProps): Rule[] {
  const used = new Metric({
    namespace: 'AWS/RDS',
    metricName: 'ACUUtilization',
    dimensionsMap: { DBClusterIdentifier: clusterIdentifier },
    statistic: Stats.AVERAGE,
    period: PERIOD,
  });
  return [
    {
      id: 'Capacity',
      metric: used,
      above: CAPACITY_PERCENT,
      periods: LASTING,
      description: `The database uses more than ${CAPACITY_PERCENT} % of --context max-capacity.`,
    },
  ];
}
