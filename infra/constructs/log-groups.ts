import { type IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StageRules } from '../stages.ts';

export interface LogGroupsProps {
  readonly key: IKey;
  readonly rules: StageRules;
}

/** The log groups of a deployment: encrypted with its key, and kept as long as its stage says. */
export class LogGroups extends Construct {
  readonly #props: LogGroupsProps;

  constructor(scope: Construct, id: string, props: LogGroupsProps) {
    super(scope, id);
    this.#props = props;
  }

  /** @param name in full: `/prior-auth-sandbox/submit` */
  add(id: string, name: string): LogGroup {
    const { key, rules } = this.#props;
    return new LogGroup(this, id, {
      logGroupName: name,
      encryptionKey: key,
      retention: rules.logRetention,
      removalPolicy: rules.removal,
    });
  }
}
