import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal, type IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnDBCluster, CfnDBClusterParameterGroup, CfnDBInstance, CfnDBSubnetGroup } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { Access } from '../access.ts';
import type { DatabaseRole } from '../database/roles.ts';
import type { Settings } from '../settings.ts';
import type { StageRules } from '../stages.ts';
import { AUTHORITIES_PATH } from './authorities-layer.ts';
import { DATABASE_PORT, type Network } from './network.ts';

const ENGINE = { engine: 'aurora-postgresql', engineVersion: '18.4' } as const;
const FAMILY = 'aurora-postgresql18';
const NAME = 'prior_auth';
/** Owns the schema; the migrator alone logs in as it. */
const OWNER = 'prior_auth_owner';
const STORAGE = { standard: 'aurora', 'io-optimized': 'aurora-iopt1' } as const;
const MONITORING_SECONDS = 60;
/** Every day, UTC, when the fewest wait. */
const BACKUP_WINDOW = '07:00-07:30';
const MAINTENANCE_WINDOW = 'sun:08:00-sun:08:30';

export interface DatabaseEnvironment {
  readonly DATABASE_URL: string;
  readonly DATABASE_AUTH: 'iam';
  readonly DATABASE_CA_FILE: string;
}

export interface DatabaseProps {
  readonly network: Network;
  readonly key: IKey;
  /** Where PostgreSQL's own log goes: RDS writes to the group of this name, and makes it if it is not there. */
  readonly logGroup: ILogGroup;
  /** What RDS may do to report on the machine below. */
  readonly monitor: IManagedPolicy;
  readonly identifier: string;
  readonly capacity: Settings['capacity'];
  readonly storage: Settings['storage'];
  readonly rules: StageRules;
}

/**
 * Aurora PostgreSQL, Serverless v2. Everybody logs in by an IAM token, the owner too: there is no password, not even a
 * generated one in a secret.
 */
export class Database extends Construct {
  readonly cluster: CfnDBCluster;
  readonly instances: readonly CfnDBInstance[];

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id);
    this.cluster = this.createCluster(props);
    const monitoring = new Role(this, 'Monitoring', {
      assumedBy: new ServicePrincipal('monitoring.rds.amazonaws.com'),
      managedPolicies: [props.monitor],
    });
    this.instances = Array.from({ length: 1 + props.rules.readers }, (_, index) =>
      this.createInstance(index, monitoring.roleArn),
    );
  }

  /** Lets a function log in as one role. */
  connect(role: DatabaseRole): Access<DatabaseEnvironment> {
    return this.login(role);
  }

  /** Lets the migrator log in as the owner of the schema. */
  migrate(): Access<DatabaseEnvironment> {
    return this.login(OWNER);
  }

  private login(user: string): Access<DatabaseEnvironment> {
    const { attrEndpointAddress: host, attrDbClusterResourceId: cluster } = this.cluster;
    return {
      environment: {
        DATABASE_URL: `postgresql://${user}@${host}:${DATABASE_PORT}/${NAME}`,
        DATABASE_AUTH: 'iam',
        DATABASE_CA_FILE: AUTHORITIES_PATH,
      },
      statements: [
        new PolicyStatement({
          actions: ['rds-db:connect'],
          resources: [`arn:${Aws.PARTITION}:rds-db:${Aws.REGION}:${Aws.ACCOUNT_ID}:dbuser:${cluster}/${user}`],
        }),
      ],
    };
  }

  private createCluster({ network, key, logGroup, identifier, capacity, storage, rules }: DatabaseProps): CfnDBCluster {
    const cluster = new CfnDBCluster(this, 'Cluster', {
      ...ENGINE,
      dbClusterIdentifier: identifier,
      databaseName: NAME,
      port: DATABASE_PORT,
      masterUsername: OWNER,
      masterUserAuthenticationType: 'iam-db-auth',
      enableIamDatabaseAuthentication: true,
      dbSubnetGroupName: this.createSubnetGroup(network).ref,
      vpcSecurityGroupIds: [network.database.securityGroupId],
      dbClusterParameterGroupName: this.createParameters().ref,
      serverlessV2ScalingConfiguration: { minCapacity: capacity.least, maxCapacity: capacity.most },
      storageType: STORAGE[storage],
      storageEncrypted: true,
      kmsKeyId: key.keyArn,
      backupRetentionPeriod: rules.backupDays,
      preferredBackupWindow: BACKUP_WINDOW,
      preferredMaintenanceWindow: MAINTENANCE_WINDOW,
      copyTagsToSnapshot: true,
      deletionProtection: rules.deletionProtection,
      enableCloudwatchLogsExports: ['postgresql'],
    });
    cluster.applyRemovalPolicy(rules.databaseRemoval);
    cluster.node.addDependency(logGroup);
    return cluster;
  }

  private createSubnetGroup({ databaseSubnets }: Network): CfnDBSubnetGroup {
    return new CfnDBSubnetGroup(this, 'Subnets', {
      dbSubnetGroupDescription: 'Where PostgreSQL stands',
      subnetIds: databaseSubnets.map(({ subnetId }) => subnetId),
    });
  }

  /** TLS or nothing, and no row data in the log: neither values, nor statements, nor "Failing row contains". */
  private createParameters(): CfnDBClusterParameterGroup {
    return new CfnDBClusterParameterGroup(this, 'Parameters', {
      description: 'TLS only; nothing of a row in the log',
      family: FAMILY,
      parameters: {
        'rds.force_ssl': '1',
        log_statement: 'none',
        log_min_duration_statement: '-1',
        log_min_error_statement: 'panic',
        log_error_verbosity: 'terse',
        log_parameter_max_length: '0',
        log_parameter_max_length_on_error: '0',
      },
    });
  }

  private createInstance(index: number, monitoringRoleArn: string): CfnDBInstance {
    const instance = new CfnDBInstance(this, `Instance${index}`, {
      engine: ENGINE.engine,
      dbClusterIdentifier: this.cluster.ref,
      dbInstanceClass: 'db.serverless',
      promotionTier: index,
      publiclyAccessible: false,
      autoMinorVersionUpgrade: true,
      // One of those in ../authorities.
      caCertificateIdentifier: 'rds-ca-rsa2048-g1',
      monitoringInterval: MONITORING_SECONDS,
      monitoringRoleArn,
    });
    // An instance holds no data; the cluster is protected, and cannot go while an instance stays.
    instance.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return instance;
  }
}
