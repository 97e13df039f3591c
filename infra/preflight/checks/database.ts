import {
  DescribeDBEngineVersionsCommand,
  DescribeOrderableDBInstanceOptionsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { ask, nameOf, refused, type Aws } from '../aws.ts';
import { faulty, passed, type Finding } from '../finding.ts';
import type { Demand } from '../demand.ts';

/** Whether the region offers the database's engine in its version, as Serverless v2. */
export async function checkDatabase(aws: Aws, { database }: Demand): Promise<Finding> {
  const { engine, version, instanceClass } = database;
  const what = `${engine} ${version} as ${instanceClass}`;
  try {
    if (await isOrderable(aws, database)) return passed(what);
    const offered = await versionsOf(aws, database);
    return faulty(
      `${aws.region} does not offer ${what}`,
      `Choose another region, or a version in infra/constructs/database.ts; here are ${offered.join(', ') || 'none of that major'}.`,
    );
  } catch (error) {
    return refused(error, aws);
  }
}

async function isOrderable(aws: Aws, { engine, version, instanceClass }: Demand['database']): Promise<boolean> {
  const command = new DescribeOrderableDBInstanceOptionsCommand({
    Engine: engine,
    EngineVersion: version,
    DBInstanceClass: instanceClass,
  });
  try {
    const { OrderableDBInstanceOptions: options = [] } = await ask(
      'rds:DescribeOrderableDBInstanceOptions',
      aws,
      (abortSignal) => new RDSClient(aws.config).send(command, { abortSignal }),
    );
    return options.length > 0;
  } catch (error) {
    // What RDS says of a version that it has never heard of.
    if (nameOf(error).startsWith('InvalidParameter')) return false;
    throw error;
  }
}

/** Those of the same major that the region has. */
async function versionsOf(aws: Aws, { engine, version }: Demand['database']): Promise<string[]> {
  const { DBEngineVersions: versions = [] } = await ask('rds:DescribeDBEngineVersions', aws, (abortSignal) =>
    new RDSClient(aws.config).send(new DescribeDBEngineVersionsCommand({ Engine: engine }), { abortSignal }),
  );
  const major = `${version.split('.')[0] ?? ''}.`;
  return versions.flatMap(({ EngineVersion: one }) => (one?.startsWith(major) ? [one] : []));
}
