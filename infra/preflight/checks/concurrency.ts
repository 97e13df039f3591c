import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { RESERVATION_MINIMUM, shareOut } from '../../concurrency.ts';
import type { Settings } from '../../settings.ts';
import { ask, nameOf, refused, type Aws } from '../aws.ts';
import { faulty, passed, type Faulty, type Finding } from '../finding.ts';

/** Executions that Lambda keeps for all functions that reserve none; it refuses a reservation that would leave less. */
const UNRESERVED = 100;
/** What AWS gives to an account that asks for it; a new one may have 10. */
const USUAL_QUOTA = 1000;
/** "Concurrent executions" in Service Quotas. */
const QUOTA_CODE = 'L-B99A9384';

interface Account {
  readonly quota: number;
  /** Not reserved by anybody, or by this deployment. */
  readonly free: number;
}

/** Whether what is reserved for the functions can be had from the account's quota. */
export async function checkConcurrency(aws: Aws, { concurrency: wanted, stage }: Settings): Promise<Finding> {
  try {
    const account = await readAccount(aws);
    if (wanted === undefined) return passed(`nothing is reserved; all share the ${account.free} of the account`);
    const needed = wanted + UNRESERVED;
    // Of a second deployment the first one's share is its own.
    const free = account.free >= needed ? account.free : account.free + (await reservedBefore(aws, stage));
    if (free >= needed) return passed(`${wanted} can be reserved, ${free - wanted} stay for everything else`);
    return tooLittle(aws.region, { ...account, free }, wanted, stage);
  } catch (error) {
    return refused(error, aws);
  }
}

async function readAccount(aws: Aws): Promise<Account> {
  const { AccountLimit: limit } = await ask('lambda:GetAccountSettings', aws, (abortSignal) =>
    new LambdaClient(aws.config).send(new GetAccountSettingsCommand({}), { abortSignal }),
  );
  return { quota: limit?.ConcurrentExecutions ?? 0, free: limit?.UnreservedConcurrentExecutions ?? 0 };
}

/** What the functions of this stage have reserved already. */
async function reservedBefore(aws: Aws, stage: Settings['stage']): Promise<number> {
  const client = new LambdaClient(aws.config);
  const reservationOf = async (name: string) => {
    const command = new GetFunctionConcurrencyCommand({ FunctionName: `prior-auth-${stage}-${name}` });
    try {
      const answer = await ask('lambda:GetFunctionConcurrency', aws, (abortSignal) =>
        client.send(command, { abortSignal }),
      );
      return answer.ReservedConcurrentExecutions ?? 0;
    } catch (error) {
      if (nameOf(error) === 'ResourceNotFoundException') return 0;
      throw error;
    }
  };
  const reserved = await Promise.all(Object.keys(shareOut(RESERVATION_MINIMUM)).map(reservationOf));
  return reserved.reduce((sum, one) => sum + one, 0);
}

function tooLittle(region: string, { quota, free }: Account, wanted: number, stage: Settings['stage']): Faulty {
  const possible = free - UNRESERVED;
  const increase = Math.max(USUAL_QUOTA, quota + wanted + UNRESERVED - free);
  const ways = [
    ...(possible >= RESERVATION_MINIMUM ? [`--context concurrency=${possible}`] : []),
    ...(stage === 'sandbox' ? ['--context concurrency=none'] : []),
    `more for the account: aws service-quotas request-service-quota-increase --service-code lambda --quota-code ${QUOTA_CODE} --desired-value ${increase} --region ${region}`,
  ];
  return faulty(
    `${wanted} cannot be reserved: of the account’s ${quota} are ${free} free, and Lambda keeps ${UNRESERVED} of them`,
    ways.join('; or '),
  );
}
