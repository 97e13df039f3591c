import { CfnResource, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

const PROVIDER = 'Custom::VpcRestrictDefaultSGCustomResourceProvider';

/**
 * CDK's own function that empties the VPC's default security group: it would log to a group that Lambda makes, which is
 * neither encrypted nor ever emptied and stays when the stack goes, by a policy of AWS' that allows every group.
 */
export class DefaultGroup extends Construct {
  constructor(scope: Construct, id: string, { logGroup }: { logGroup: ILogGroup }) {
    super(scope, id);
    const mayLog = new ManagedPolicy(this, 'MayLog', {
      statements: [
        new PolicyStatement({
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        }),
      ],
    });
    const provider = Stack.of(this).node.findChild(PROVIDER);
    override(provider.node.findChild('Role'), 'ManagedPolicyArns', [mayLog.managedPolicyArn]);
    override(provider.node.findChild('Handler'), 'LoggingConfig', { LogGroup: logGroup.logGroupName });
  }
}

function override(construct: unknown, property: string, value: unknown): void {
  if (!CfnResource.isCfnResource(construct)) throw new Error(`CDK no longer makes its ${property} so`);
  construct.addPropertyOverride(property, value);
}
