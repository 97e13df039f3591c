import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnEventSourceMapping, CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { CfnSubscriptionFilter, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { bridgeSettings } from '../../functions/bridge/handler.ts';
import { NAMESPACE } from '../../functions/contract/catalogue.ts';
import { settingsOf } from '../access.ts';
import { bundle } from '../assets.ts';
import { databaseTimeouts, BATCH_LIMITS } from '../limits.ts';
import type { Database } from './database.ts';
import type { Network } from './network.ts';
import { ServiceFunction, type FunctionPlace } from './service-function.ts';

/** Our EMF lines and nothing else: neither the platform's, nor diagnostics, nor EMF of another namespace. */
export const FILTER_PATTERN = `{ $._aws.CloudWatchMetrics[0].Namespace = "${NAMESPACE}" }`;
/** Deliveries taken back at once; each may hold thousands of lines. */
const REPLAY_BATCH = 10;
/** The fewest that Lambda can be told. */
const REPLAYS = 2;

export interface BridgeProps {
  readonly network: Network;
  readonly database: Database;
  readonly deadLetters: IQueue;
}

/**
 * The bridge from log lines to series, fed by log subscriptions. CloudWatch Logs invokes it asynchronously: Lambda
 * tries three times within six hours, then the delivery goes to the dead-letter queue, and from there back by an event
 * source that is off until somebody turns it on:
 *
 *     aws lambda update-event-source-mapping --uuid <output ReplayId> --enabled
 */
export class Bridge extends Construct {
  readonly function: ServiceFunction['function'];
  readonly replay: CfnEventSourceMapping;

  constructor(scope: Construct, id: string, place: FunctionPlace, props: BridgeProps) {
    super(scope, id);
    const { network, database, deadLetters } = props;
    this.function = new ServiceFunction(this, 'Bridge', place, {
      name: 'bridge',
      code: bundle('bridge'),
      settings: settingsOf<typeof bridgeSettings>(),
      access: database.connect('prior_auth_bridge'),
      environment: databaseTimeouts(BATCH_LIMITS),
      executionMs: BATCH_LIMITS.execution,
      memoryMb: 512,
      subnets: network.functionSubnets,
      securityGroup: network.functions,
      deadLetters,
      statements: [mayTakeBack(deadLetters)],
    }).function;
    this.replay = new CfnEventSourceMapping(this, 'Replay', {
      functionName: this.function.functionName,
      eventSourceArn: deadLetters.queueArn,
      batchSize: REPLAY_BATCH,
      enabled: false,
      // Live deliveries go on meanwhile, and share what is reserved.
      scalingConfig: { maximumConcurrency: REPLAYS },
    });
  }

  /** Hands the EMF lines of a log group to the bridge. */
  subscribe(id: string, logGroup: ILogGroup): CfnSubscriptionFilter {
    const permission = new CfnPermission(this, `${id}Permission`, {
      action: 'lambda:InvokeFunction',
      functionName: this.function.functionArn,
      principal: 'logs.amazonaws.com',
      sourceArn: logGroup.logGroupArn,
      sourceAccount: Aws.ACCOUNT_ID,
    });
    const subscription = new CfnSubscriptionFilter(this, `${id}Subscription`, {
      logGroupName: logGroup.logGroupName,
      filterName: 'bridge',
      filterPattern: FILTER_PATTERN,
      destinationArn: this.function.functionArn,
    });
    subscription.addResourceDependency(permission);
    return subscription;
  }
}

function mayTakeBack(queue: IQueue): PolicyStatement {
  return new PolicyStatement({
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    resources: [queue.queueArn],
  });
}
