import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ask, nameOf, refused, type Aws } from '../aws.ts';
import { faulty, passed, type Finding } from '../finding.ts';
import type { Demand } from '../demand.ts';

/** Whether the CDK's bootstrap stack is there, and new enough. */
export async function checkBootstrap(aws: Aws, account: string, { bootstrap }: Demand): Promise<Finding> {
  const fix = `npx cdk bootstrap aws://${account}/${aws.region}`;
  try {
    const { Parameter: parameter } = await ask('ssm:GetParameter', aws, (abortSignal) =>
      new SSMClient(aws.config).send(new GetParameterCommand({ Name: bootstrap.parameter }), { abortSignal }),
    );
    const version = Number(parameter?.Value);
    if (version >= bootstrap.version) return passed(`version ${version}; ${bootstrap.version} is needed`);
    return faulty(`version ${parameter?.Value ?? 'unknown'} is too old; ${bootstrap.version} is needed`, fix);
  } catch (error) {
    if (nameOf(error) === 'ParameterNotFound')
      return faulty(`not done in this account and region: no ${bootstrap.parameter}`, fix);
    return refused(error, aws);
  }
}
