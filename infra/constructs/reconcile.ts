import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { reconcileSettings } from '../../functions/reconcile/handler.ts';
import { settingsOf } from '../access.ts';
import { bundle } from '../assets.ts';
import { BATCH_LIMITS, databaseTimeouts } from '../limits.ts';
import type { Database } from './database.ts';
import type { Network } from './network.ts';
import { ServiceFunction, type FunctionPlace } from './service-function.ts';

/** A request counts as lost after five minutes: looking for it oftener finds nothing sooner. */
const EVERY = Duration.minutes(5);
const TRIES_AGAIN = 2;

export interface ReconcileProps {
  readonly network: Network;
  readonly database: Database;
  readonly deadLetters: IQueue;
}

/** Counts, by a timer, the committed requests whose log line never came to the bridge. */
export class Reconcile extends Construct {
  readonly function: ServiceFunction['function'];

  constructor(scope: Construct, id: string, place: FunctionPlace, { network, database, deadLetters }: ReconcileProps) {
    super(scope, id);
    this.function = new ServiceFunction(this, 'Reconcile', place, {
      name: 'reconcile',
      code: bundle('reconcile'),
      settings: settingsOf<typeof reconcileSettings>(),
      access: database.connect('prior_auth_reconcile'),
      environment: databaseTimeouts(BATCH_LIMITS),
      executionMs: BATCH_LIMITS.execution,
      memoryMb: 256,
      subnets: network.functionSubnets,
      securityGroup: network.functions,
      deadLetters,
    }).function;
    new Rule(this, 'Timer', {
      description: 'Counts requests whose log line was lost',
      schedule: Schedule.rate(EVERY),
      targets: [
        new LambdaTarget(this.function, {
          deadLetterQueue: deadLetters,
          retryAttempts: TRIES_AGAIN,
          maxEventAge: EVERY,
        }),
      ],
    });
  }
}
