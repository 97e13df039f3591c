import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import { STAGE_RULES } from '../stages.ts';
import { Database } from './database.ts';
import { DefaultGroup } from './default-group.ts';
import { EncryptionKey } from './encryption-key.ts';
import { FlowLogs } from './flow-logs.ts';
import { LogGroups } from './log-groups.ts';
import { Network } from './network.ts';
import type { WildcardPolicies } from './wildcard-policies.ts';

export interface FoundationProps {
  /** In names that must be unique in the account: `prior-auth-sandbox`. */
  readonly prefix: string;
  readonly settings: Settings;
  readonly wildcardPolicies: WildcardPolicies;
}

/** What everything else stands on: keys, network, database. */
export class Foundation extends Construct {
  readonly telemetryKey: EncryptionKey;
  readonly logGroups: LogGroups;
  readonly network: Network;
  readonly database: Database;

  constructor(scope: Construct, id: string, { prefix, settings, wildcardPolicies }: FoundationProps) {
    super(scope, id);
    const rules = STAGE_RULES[settings.stage];
    const databaseLogs = `/aws/rds/cluster/${prefix}`;
    this.telemetryKey = new EncryptionKey(this, 'TelemetryKey', {
      description: `Log lines and alarms of ${prefix}`,
      removal: rules.removal,
      logGroups: [`/${prefix}`, `/aws/vendedlogs/${prefix}`, databaseLogs, `/aws/ecs/containerinsights/${prefix}`],
      alarms: true,
    });
    this.logGroups = new LogGroups(this, 'Logs', { key: this.telemetryKey.key, rules });
    this.network = new Network(this, 'Network', settings);
    new DefaultGroup(this, 'DefaultGroup', {
      logGroup: this.logGroups.add('DefaultGroup', `/${prefix}/default-group`),
    });
    new FlowLogs(this, 'FlowLogs', {
      vpc: this.network.vpc,
      logGroup: this.logGroups.add('Flows', `/${prefix}/flows`),
    });
    this.database = new Database(this, 'Database', {
      network: this.network,
      key: new EncryptionKey(this, 'DatabaseKey', {
        description: `The database of ${prefix}`,
        removal: rules.removal,
      }).key,
      // RDS writes to the group of this name, and would make one that is neither encrypted nor ever emptied.
      logGroup: this.logGroups.add('Database', `${databaseLogs}/postgresql`),
      monitor: wildcardPolicies.forDatabaseMonitor(),
      identifier: prefix,
      capacity: settings.capacity,
      storage: settings.storage,
      rules,
    });
  }
}
