import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { Settings } from '../../settings.ts';
import { ask, nameOf, refused, type Aws } from '../aws.ts';
import { faulty, passed, type Finding } from '../finding.ts';

interface ServiceRole {
  readonly role: string;
  readonly service: string;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html */
const RDS: ServiceRole = { role: 'AWSServiceRoleForRDS', service: 'rds.amazonaws.com' };
/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html */
const ECS: ServiceRole = { role: 'AWSServiceRoleForECS', service: 'ecs.amazonaws.com' };

/**
 * Whether the roles are there by which RDS and ECS act in the account. Each makes its own when it is used for the first
 * time and takes it at once, before IAM knows it everywhere: "Unable to assume the service linked role", and all that
 * was deployed rolls back.
 */
export async function checkServiceRoles(aws: Aws, { otlp }: Settings): Promise<Finding> {
  const needed = otlp === 'jaeger' ? [RDS, ECS] : [RDS];
  const namesOf = (roles: readonly ServiceRole[]) => roles.map(({ role }) => role).join(' and ');
  try {
    const found = await Promise.all(needed.map(({ role }) => isThere(aws, role)));
    const missing = needed.filter((_, index) => found[index] !== true);
    if (missing.length === 0) return passed(namesOf(needed));
    const commands = missing.map(({ service }) => `aws iam create-service-linked-role --aws-service-name ${service}`);
    return faulty(
      `${namesOf(missing)} not made yet: what makes it while deploying is often too fast for it`,
      commands.join(' && '),
    );
  } catch (error) {
    return refused(error, aws);
  }
}

async function isThere(aws: Aws, role: string): Promise<boolean> {
  try {
    await ask('iam:GetRole', aws, (abortSignal) =>
      new IAMClient(aws.config).send(new GetRoleCommand({ RoleName: role }), { abortSignal }),
    );
    return true;
  } catch (error) {
    // "NoSuchEntityException" to the SDK, "NoSuchEntity" on the wire.
    if (nameOf(error).startsWith('NoSuchEntity')) return false;
    throw error;
  }
}
