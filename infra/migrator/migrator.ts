/** The schema as a custom resource of CloudFormation: made and changed by applying migrations, and never removed. */
import * as z from 'zod/mini';
import { answer } from './answer.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
const Request = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
});

/** There is one in a database. */
const PHYSICAL_ID = 'schema';

/**
 * @param migrate brings the database up to date and returns the files that it applied
 * @returns a handler that answers CloudFormation, also with a failure; it throws when it cannot, and is then called
 * again
 */
export function createMigrator(migrate: () => Promise<string[]>): (event: unknown) => Promise<void> {
  return async (event) => {
    const { RequestType, ResponseURL, ...ids } = Request.parse(event);
    const known = { ...ids, PhysicalResourceId: PHYSICAL_ID };
    const outcome = RequestType === 'Delete' ? { Status: 'SUCCESS' } : await attempt(migrate);
    await answer(new URL(ResponseURL), { ...known, ...outcome });
  };
}

async function attempt(migrate: () => Promise<string[]>): Promise<object> {
  try {
    return { Status: 'SUCCESS', Data: { Applied: (await migrate()).join(', ') } };
  } catch (error) {
    return { Status: 'FAILED', Reason: reasonOf(error) };
  }
}

/** PostgreSQL's messages may quote a row; its code does not. What we say ourselves has no code. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'The migration failed';
  const code = 'code' in error ? String(error.code) : '';
  return code === '' ? error.message : `The migration failed: ${error.name} ${code}`;
}
