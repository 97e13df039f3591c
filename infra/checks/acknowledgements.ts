/**
 * The findings that stay, each at the one place where it is right and with its reason. A test fails when one of them
 * has nothing to acknowledge any more.
 */
import { Validations, type Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Settings } from '../settings.ts';
import { STAGE_RULES } from '../stages.ts';

export interface Acknowledgement {
  /** The construct, below the stack. */
  readonly at: string;
  /** The finding, once for each pack that has this rule. */
  readonly rules: readonly string[];
  readonly reason: string;
  /** Where it is not needed it is not made. */
  readonly appliesTo?: (settings: Settings) => boolean;
}

export const ACKNOWLEDGEMENTS: readonly Acknowledgement[] = [
  {
    at: 'Service/Api/Api/GET--health',
    rules: ['AwsSolutions-APIG4'],
    reason:
      'Whoever watches the service has no token. The route says up or down, reads no row, and is throttled by itself.',
  },
  {
    at: 'Service/Endpoints',
    rules: ['HIPAA.Security-LambdaDLQ', 'Serverless-LambdaDLQ'],
    reason:
      'API Gateway invokes these and waits: nothing of it ever goes to a dead-letter queue, and one would only be a place where a body with PHI could come to lie.',
  },
  {
    at: 'Service/DeadLetters',
    rules: ['Serverless-SQSRedrivePolicy'],
    reason: 'These are the dead-letter queues. An alarm tells of each message, and each is kept for 14 days.',
  },
  {
    at: 'Service/Bridge/Replay',
    rules: ['Serverless-LambdaEventSourceMappingDestination'],
    reason:
      'Lambda knows no failure destination for SQS: what the bridge cannot take back goes back to the queue by itself.',
  },
  {
    at: 'WildcardPolicies',
    rules: [
      'AwsSolutions-IAM5[Resource::*]',
      'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:RDSOSMetrics:*]',
    ],
    reason:
      'All wildcards are here: actions for which IAM knows no resource (network interfaces, X-Ray, sessions of Systems Manager), and the log streams that Enhanced Monitoring names by itself.',
  },
  {
    at: 'Foundation/Database',
    rules: ['HIPAA.Security-RDSInBackupPlan'],
    reason:
      'The rule looks for the instance. Of Aurora the cluster is what is backed up: without pause, for as long as the stage says, and by a last snapshot when production is removed.',
  },
  {
    at: 'Foundation/Database/Cluster',
    rules: ['AwsSolutions-RDS10', 'HIPAA.Security-RDSInstanceDeletionProtectionEnabled'],
    reason: 'A sandbox holds no real requests, and is to go with one command.',
    appliesTo: ({ stage }) => !STAGE_RULES[stage].deletionProtection,
  },
  {
    at: 'Service',
    rules: ['HIPAA.Security-LambdaConcurrency'],
    reason:
      'A new account may run ten executions at once and reserve none (--context concurrency=none, in a sandbox only).',
    appliesTo: ({ concurrency }) => concurrency === undefined,
  },
  {
    at: 'Service',
    rules: ['Serverless-LambdaTracing'],
    reason:
      'OpenTelemetry traces every request. What X-Ray adds Lambda samples at a rate that nobody can set, at $5 per million traces.',
    appliesTo: ({ stage }) => !STAGE_RULES[stage].xray,
  },
];

/** @throws Error when a construct is not where an acknowledgement says */
export function acknowledge(stack: Stack, settings: Settings): void {
  for (const { at, rules, reason, appliesTo } of ACKNOWLEDGEMENTS) {
    if (appliesTo?.(settings) === false) continue;
    const construct = at.split('/').reduce<IConstruct>((scope, id) => scope.node.findChild(id), stack);
    for (const id of rules) Validations.of(construct).acknowledge({ id, reason });
  }
}
