import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** The longest that SQS keeps a message; shorter than the 21 days for which the bridge knows the ids of events. */
export const RETENTION_DAYS = 14;

/** Where events go that nobody could handle. Neither kind holds anything of a request's body. */
export class DeadLetters extends Construct {
  /** Deliveries of log lines that the bridge could not count, each as it was. */
  readonly deliveries: Queue;
  /** What a timer or a deployment asked for and did not get. */
  readonly calls: Queue;

  constructor(scope: Construct, id: string, props: { visibility: Duration; removal: RemovalPolicy }) {
    super(scope, id);
    this.deliveries = this.createQueue('Deliveries', props);
    this.calls = this.createQueue('Calls', props);
  }

  private createQueue(id: string, { visibility, removal }: { visibility: Duration; removal: RemovalPolicy }): Queue {
    return new Queue(this, id, {
      retentionPeriod: Duration.days(RETENTION_DAYS),
      visibilityTimeout: visibility,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: removal,
    });
  }
}
