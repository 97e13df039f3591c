import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ask, AwsError, refused, type Aws } from '../aws.ts';
import { faulty, passed, type Faulty, type Finding } from '../finding.ts';

const LOGIN =
  'aws sso login, or aws configure, or keys in the environment; AWS_PROFILE or --profile says which of several.';
const CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);
/** What AWS calls credentials that were good once, and those that never were. */
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException']);
const WRONG = new Set(['InvalidClientTokenId', 'SignatureDoesNotMatch']);

/** Whether there are credentials, and AWS takes them; and of which account they are. */
export async function checkCredentials(aws: Aws): Promise<{ finding: Finding; account: string | undefined }> {
  try {
    const { Account: account = 'unknown' } = await ask('sts:GetCallerIdentity', aws, (abortSignal) =>
      new STSClient(aws.config).send(new GetCallerIdentityCommand({}), { abortSignal }),
    );
    return { finding: passed(`account ${account}`), account };
  } catch (error) {
    return { finding: judge(error, aws), account: undefined };
  }
}

function judge(error: unknown, aws: Aws): Faulty {
  if (!(error instanceof AwsError)) throw error;
  const { name, message } = error;
  // The SDK's own words about where it looked: names of profiles and files.
  if (CREDENTIALS.has(name)) return faulty(`none to be had: ${message}`, LOGIN);
  if (EXPIRED.has(name)) {
    return faulty(`expired (${name})`, 'Log in again: aws sso login, or new keys in the environment.');
  }
  if (WRONG.has(name)) {
    return faulty(`AWS does not know them (${name})`, `Keys are mistyped, deleted or of another partition: ${LOGIN}`);
  }
  return refused(error, aws);
}
