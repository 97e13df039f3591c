import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { ask, nameOf, refused, type Aws } from '../aws.ts';
import { faulty, passed, type Finding } from '../finding.ts';
import { leftLogGroups } from './left-log-groups.ts';

/** What gets a stack out of a state in which nothing can be deployed. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  ROLLBACK_COMPLETE: 'delete-stack',
  ROLLBACK_FAILED: 'delete-stack',
  CREATE_FAILED: 'delete-stack',
  DELETE_FAILED: 'delete-stack',
  UPDATE_FAILED: 'rollback-stack',
  UPDATE_ROLLBACK_FAILED: 'continue-update-rollback',
};

/** Whether an earlier deployment left a stack that cannot be deployed to, or names that a new one cannot have. */
export async function checkStack(aws: Aws, name: string): Promise<Finding> {
  try {
    const stack = await find(aws, name);
    return stack === undefined ? judgeLeft(await leftLogGroups(aws, name), name) : judge(stack, name, aws.region);
  } catch (error) {
    return refused(error, aws);
  }
}

async function find(aws: Aws, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks: [stack] = [] } = await ask('cloudformation:DescribeStacks', aws, (abortSignal) =>
      new CloudFormationClient(aws.config).send(new DescribeStacksCommand({ StackName: name }), { abortSignal }),
    );
    return stack;
  } catch (error) {
    if (nameOf(error) === 'ValidationError') return undefined;
    throw error;
  }
}

function judgeLeft(logGroups: readonly string[], name: string): Finding {
  if (logGroups.length === 0) return passed(`${name} is not there yet`);
  return faulty(
    `${name} is not there, but log groups of its names are: ${logGroups.join(', ')}`,
    'Of production, which keeps them: npm run deploy with --import-existing-resources as well. Otherwise aws logs delete-log-group --log-group-name for each.',
  );
}

function judge(stack: Stack, name: string, region: string): Finding {
  const status: string = stack.StackStatus ?? 'unknown';
  const observed = `${name} is ${status}`;
  const target = `--stack-name ${name} --region ${region}`;
  const command = WAYS_OUT[status];
  if (command !== undefined) {
    const isProtected = command === 'delete-stack' && stack.EnableTerminationProtection === true;
    const first = isProtected
      ? `aws cloudformation update-termination-protection --no-enable-termination-protection ${target} && `
      : '';
    return faulty(
      `${observed}: an earlier deployment failed`,
      `Its events say why: aws cloudformation describe-stack-events ${target}; then ${first}aws cloudformation ${command} ${target}`,
    );
  }
  // Under review: a change set that was never executed, which cdk replaces.
  if (status.endsWith('_COMPLETE') || status === 'REVIEW_IN_PROGRESS') return passed(observed);
  return faulty(
    `${observed}: it cannot be changed now`,
    `Wait until it has ended: aws cloudformation describe-stacks ${target}`,
  );
}
