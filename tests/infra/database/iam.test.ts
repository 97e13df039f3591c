import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterAll, beforeAll, test, type TestContext } from 'vitest';
import { migrate, readMigrations, withoutLogin } from '../../../infra/database/migrate.ts';
import { FUNCTION_ROLES } from '../../../infra/database/roles.ts';
import { freshDatabase } from '../../database.ts';
import { CREDENTIALS, isGoodToken } from '../../fixtures/iam.ts';
import { startTlsDatabase, type TlsDatabase } from '../../fixtures/tls-database.ts';
import { startTlsDoor } from '../../fixtures/tls-door.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const ROLES = ['bridge', 'health', 'metrics', 'purge', 'reconcile', 'status', 'submit', 'verify'].map(
  (name) => `prior_auth_${name}`,
);

let server: TlsDatabase;
let admin: postgres.Sql;

/** The rights that Amazon gives to the first user of a cluster, as far as they matter here. */
beforeAll(async () => {
  server = await startTlsDatabase();
  admin = postgres(server.url, { max: 1, onnotice: () => undefined });
  await admin.unsafe(`create role chief login createrole createdb; grant rds_iam to chief with admin option`);
});
afterAll(() => admin.end({ timeout: 1 }));

async function createDatabase(name: string): Promise<string> {
  await admin.unsafe(`create database ${name} owner chief`);
  return name;
}

/** Runs the migrator as `chief`, who logs in by IAM through a door. */
async function runMigrator(context: TestContext, database: string, environment: Record<string, string> = {}) {
  const { cert, key } = server.authority.issue(['localhost']);
  const door = await startTlsDoor({
    certificate: { cert, key },
    upstream: server.port,
    admits: (user, password) => isGoodToken(password, { host: 'localhost', port: door.port, user }),
  });
  context.onTestFinished(() => door.close());
  const env = {
    DATABASE_URL: `postgresql://chief@localhost:${door.port}/${database}`,
    DATABASE_AUTH: 'iam',
    DATABASE_CA_FILE: server.caFile,
    ...CREDENTIALS,
    ...environment,
  };
  const run = promisify(execFile)(process.execPath, [join(ROOT, 'infra/database/main.ts')], { env });
  return run.catch((error: unknown) => error as { stdout: string; stderr: string });
}

async function membersOf(sql: postgres.Sql): Promise<unknown[]> {
  const rows = await sql`select distinct member::regrole::text as name from pg_auth_members
    where roleid = 'rds_iam'::regrole and member::regrole::text like 'prior_auth%' order by name`;
  return rows.map(({ name }) => name as unknown);
}

test('the migrator logs in by IAM as the functions do, and then each of their roles may', async (context) => {
  const { stdout, stderr } = await runMigrator(context, await createDatabase('cloud'));
  assert.equal(
    stdout,
    `Applied ${readMigrations()
      .map(({ name }) => name)
      .join(', ')}.\n`,
  );
  assert.equal(stderr, '');
  assert.deepEqual(await membersOf(admin), ROLES);
  assert.deepEqual(
    [...FUNCTION_ROLES].sort(),
    ROLES.filter((name) => name !== 'prior_auth_verify' && name !== 'prior_auth_purge'),
  );
});

test('the migrator refuses a server that is not verified, and says so without a token', async (context) => {
  const { stderr } = await runMigrator(context, 'postgres', { DATABASE_AUTH: 'iam', DATABASE_CA_FILE: '' });
  assert.match(stderr, /DATABASE_AUTH iam needs a user in DATABASE_URL, and DATABASE_CA_FILE/);
  const other = await runMigrator(context, 'postgres', {
    DATABASE_AUTH: '',
    DATABASE_URL: server.url.replace('/postgres', '/none'),
  });
  assert.match(other.stderr, /ERR_TLS_CERT_ALTNAME_INVALID/);
  const password = new URL(server.url).password;
  assert.equal(`${stderr}${other.stderr}`.includes(password), false);
  assert.doesNotMatch(`${stderr}${other.stderr}`, /X-Amz-Signature/);
});

test('where a role is missing the others may still log in', async () => {
  const database = await createDatabase('partial');
  const iam = readMigrations().find(({ name }) => name.endsWith('_iam.sql')) ?? assert.fail('no such file');
  const sql = iam.sql.replaceAll(/'prior_auth_(?!submit|status)/g, "'absent_");
  await admin`revoke rds_iam from prior_auth_submit, prior_auth_status, prior_auth_bridge granted by chief`;
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  await migrate(url.href, [{ ...iam, sql }]);
  assert.deepEqual(
    await membersOf(admin),
    ROLES.filter((name) => name !== 'prior_auth_bridge'),
  );
  assert.deepEqual(await withoutLogin(url.href, FUNCTION_ROLES), ['prior_auth_bridge']);
  assert.deepEqual(await withoutLogin(url.href, ['prior_auth_submit', 'absent']), ['absent']);
});

test('a PostgreSQL that is not Amazon’s has nothing to grant, and is migrated all the same', async () => {
  const { sql } = await freshDatabase();
  assert.equal((await sql`select from pg_roles where rolname = 'rds_iam'`).count, 0);
  assert.equal((await sql`select from schema_migrations where name like '%_iam.sql'`).count, 1);
});
