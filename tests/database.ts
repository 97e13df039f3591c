/**
 * Real PostgreSQL for tests: one cluster for a whole run (`tests/run.ts` starts it and sets TEST_DATABASE_URL), or one
 * of its own for a test file that is run alone. Each call gives a fresh, migrated database.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import postgres from 'postgres';
import type { Database } from '../functions/runtime/postgres.ts';
import { migrate } from '../infra/database/migrate.ts';
import { freePort } from '../local/machine/free-port.ts';
import { startCluster, removeCluster, type Cluster } from '../local/embedded/postgres/cluster.ts';

/** A `Database` as stores take it, with several connections of which none is ever given up. */
export interface TestDatabase extends Database {
  /** postgresql://… of a superuser. */
  readonly url: string;
}

/** A migrated database of its own, dropped with the cluster; the connection is closed after the test file. */
export async function freshDatabase(): Promise<TestDatabase> {
  const server = new URL(process.env['TEST_DATABASE_URL'] ?? (await ownCluster()).url);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = postgres(server.href, { max: 1 });
  await admin.unsafe(`create database ${name}`);
  await admin.end();
  server.pathname = `/${name}`;
  await migrate(server.href);
  const sql = postgres(server.href, { max: 4, onnotice: () => undefined });
  cleanups.push(() => sql.end({ timeout: 1 }));
  return { url: server.href, sql, abandon: () => undefined, isAbandoned: () => false };
}

/** Registered when the file is imported: inside a hook, `after` would run at the hook's own end. */
const cleanups: (() => Promise<void>)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

let own: Promise<Cluster> | undefined;

function ownCluster(): Promise<Cluster> {
  own ??= temporaryCluster();
  return own;
}

async function temporaryCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-test-'));
  chmodSync(folder, 0o755);
  const home = join(folder, 'postgres');
  const cluster = await startCluster({ home, port: await freePort(), settings: { fsync: 'off' } });
  cleanups.push(async () => {
    await cluster.stop();
    await removeCluster(home);
    rmSync(folder, { recursive: true, force: true });
  });
  return cluster;
}
