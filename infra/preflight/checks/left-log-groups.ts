import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { ask, type Aws } from '../aws.ts';

/**
 * The log groups of a stack that is not there (any more): production leaves them, and a service that writes late makes
 * one anew. Names are taken by them, so another deployment fails.
 * @throws AwsError
 */
export async function leftLogGroups(aws: Aws, stack: string): Promise<string[]> {
  const command = new DescribeLogGroupsCommand({ logGroupNamePattern: stack });
  const { logGroups = [] } = await ask('logs:DescribeLogGroups', aws, (abortSignal) =>
    new CloudWatchLogsClient(aws.config).send(command, { abortSignal }),
  );
  return logGroups.flatMap(({ logGroupName: name = '' }) => (name.includes(`/${stack}/`) ? [name] : [])).sort();
}
