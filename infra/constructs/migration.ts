import { CustomResource, Duration } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { loginSettings } from '../../functions/runtime/settings.ts';
import { settingsOf } from '../access.ts';
import { readMigrations } from '../database/migrate.ts';
import { MIGRATION_LIMITS } from '../limits.ts';
import { migratorCode } from '../migrator/bundle.ts';
import type { Database } from './database.ts';
import type { Network } from './network.ts';
import { ServiceFunction, type FunctionPlace } from './service-function.ts';

/** CloudFormation gives up somewhat later than the migrator. */
const ANSWER_MS = 60_000;

export interface MigrationProps {
  readonly network: Network;
  readonly database: Database;
  readonly deadLetters: IQueue;
}

/**
 * Brings the schema up to date while deploying, before the functions that need it: a custom resource whose handler
 * applies the SQL files of infra/database, and which is called again whenever one of them is new.
 */
export class Migration extends Construct {
  constructor(scope: Construct, id: string, place: FunctionPlace, { network, database, deadLetters }: MigrationProps) {
    super(scope, id);
    const migrate = new ServiceFunction(this, 'Migrate', place, {
      name: 'migrate',
      code: migratorCode(),
      settings: settingsOf<typeof loginSettings>(),
      access: database.migrate(),
      environment: {},
      executionMs: MIGRATION_LIMITS.execution,
      memoryMb: 256,
      subnets: network.isolatedSubnets,
      securityGroup: network.migrator,
      deadLetters,
      untraced: true,
    });
    const schema = new CustomResource(this, 'Schema', {
      resourceType: 'Custom::Schema',
      serviceToken: migrate.function.functionArn,
      serviceTimeout: Duration.millis(MIGRATION_LIMITS.execution + ANSWER_MS),
      properties: { Migrations: Object.fromEntries(readMigrations().map(({ name, sha256 }) => [name, sha256])) },
    });
    schema.node.addDependency(database, network);
  }
}
