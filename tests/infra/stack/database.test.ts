import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { readMigrations } from '../../../infra/database/migrate.ts';
import { resource, resources, templateOf, text, type Context } from '../../fixtures/synthesised.ts';

const CLUSTER = 'AWS::RDS::DBCluster';

describe('the database', () => {
  const cluster = resource(templateOf(), CLUSTER).Properties;

  it('is Aurora PostgreSQL 18 that scales between the context’s capacities', () => {
    assert.equal(cluster['Engine'], 'aurora-postgresql');
    assert.match(String(cluster['EngineVersion']), /^18\./);
    const scaling = { MinCapacity: 0, MaxCapacity: 8 };
    const context = { 'min-capacity': '0', 'max-capacity': '8' };
    assert.deepEqual(resource(templateOf(context), CLUSTER).Properties['ServerlessV2ScalingConfiguration'], scaling);
    const instance = resource(templateOf(), 'AWS::RDS::DBInstance').Properties;
    assert.equal(instance['DBInstanceClass'], 'db.serverless');
    assert.equal(instance['PubliclyAccessible'], false);
  });

  it('pays for each I/O, or for none where the context says so', () => {
    const type = (context: Context) => resource(templateOf(context), CLUSTER).Properties['StorageType'];
    assert.equal(type({}), 'aurora');
    assert.equal(type({ storage: 'io-optimized' }), 'aurora-iopt1');
  });

  it('lets in by IAM token only, its owner too: there is no password, not even in a secret', () => {
    assert.equal(cluster['EnableIAMDatabaseAuthentication'], true);
    assert.equal(cluster['MasterUserAuthenticationType'], 'iam-db-auth');
    assert.deepEqual(
      Object.keys(cluster).filter((name) => /password|secret/i.test(name)),
      [],
    );
    templateOf().resourceCountIs('AWS::SecretsManager::Secret', 0);
  });

  it('speaks TLS or not at all, and logs nothing of a row', () => {
    assert.deepEqual(resource(templateOf(), 'AWS::RDS::DBClusterParameterGroup').Properties['Parameters'], {
      'rds.force_ssl': '1',
      log_statement: 'none',
      log_min_duration_statement: '-1',
      log_min_error_statement: 'panic',
      log_error_verbosity: 'terse',
      log_parameter_max_length: '0',
      log_parameter_max_length_on_error: '0',
    });
    const { Properties, id } = resource(templateOf(), 'AWS::RDS::DBClusterParameterGroup');
    assert.equal(text(cluster['DBClusterParameterGroupName']), `«${id}»`);
    assert.equal(Properties['Family'], 'aurora-postgresql18');
  });

  it('is encrypted by a key of its own', () => {
    assert.equal(cluster['StorageEncrypted'], true);
    const key = resource(templateOf(), 'AWS::KMS::Key', 'DatabaseKey');
    assert.equal(text(cluster['KmsKeyId']), `«${key.id}.Arn»`);
    assert.equal(key.Properties['EnableKeyRotation'], true);
  });

  it('writes its log to a group that is there before, encrypted and emptied in time', () => {
    const template = templateOf();
    const group = resource(template, 'AWS::Logs::LogGroup', 'Logs/Database');
    assert.deepEqual(cluster['EnableCloudwatchLogsExports'], ['postgresql']);
    const name = `/aws/rds/cluster/${String(cluster['DBClusterIdentifier'])}/postgresql`;
    assert.equal(group.Properties['LogGroupName'], name);
    assert.ok(resource(template, CLUSTER).DependsOn.includes(group.id));
  });

  it('goes with a sandbox, and stays or leaves a snapshot in production', () => {
    const sandbox = resource(templateOf(), CLUSTER);
    assert.equal(sandbox.Properties['DeletionProtection'], false);
    assert.equal(sandbox.Properties['BackupRetentionPeriod'], 7);
    assert.equal(sandbox.DeletionPolicy, 'Delete');
    const production = resource(templateOf({ stage: 'production' }), CLUSTER);
    assert.equal(production.Properties['DeletionProtection'], true);
    assert.equal(production.Properties['BackupRetentionPeriod'], 35);
    assert.equal(production.DeletionPolicy, 'Snapshot');
  });

  it('has a second instance in production to take over', () => {
    assert.equal(resources(templateOf(), 'AWS::RDS::DBInstance').length, 1);
    const tiers = resources(templateOf({ stage: 'production' }), 'AWS::RDS::DBInstance').map(
      ({ Properties }) => Properties['PromotionTier'],
    );
    assert.deepEqual(tiers, [0, 1]);
  });
});

describe('the schema', () => {
  it('is brought up to date before the functions that need it', () => {
    const template = templateOf();
    const schema = resource(template, 'Custom::Schema');
    const migrate = resource(template, 'AWS::Lambda::Function', 'Migrate').id;
    assert.equal(text(schema.Properties['ServiceToken']), `«${migrate}.Arn»`);
    const late = resources(template, 'AWS::Lambda::Function').filter(({ path }) =>
      /Endpoints|Bridge|Reconcile/.test(path),
    );
    assert.equal(late.length, 6);
    for (const { DependsOn, path } of late) assert.ok(DependsOn.includes(schema.id), path);
  });

  it('waits for the database to be up and reachable', () => {
    const { DependsOn } = resource(templateOf(), 'Custom::Schema');
    const needed = ['AWS::RDS::DBInstance', 'AWS::EC2::VPCEndpoint', 'AWS::EC2::SecurityGroupIngress'];
    for (const type of needed) {
      for (const { id } of resources(templateOf(), type)) assert.ok(DependsOn.includes(id), id);
    }
  });

  it('is looked at again whenever a file of it is new', () => {
    const { Migrations } = resource(templateOf(), 'Custom::Schema').Properties;
    assert.deepEqual(Migrations, Object.fromEntries(readMigrations().map(({ name, sha256 }) => [name, sha256])));
    assert.ok(readMigrations().length >= 5);
  });
});
