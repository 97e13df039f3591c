/**
 * One PostgreSQL for a run, on a free port and in a folder of its own: started before the first file, stopped and
 * removed after the last.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startCluster, removeCluster } from '../../local/embedded/postgres/cluster.ts';
import { freePort } from '../../local/machine/free-port.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** postgresql://… of a superuser. */
    databaseUrl: string;
  }
}

/** Several projects share the one: that which finds none starts it. TEST_DATABASE_URL may name another. */
export async function setup({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined) {
    provide('databaseUrl', given);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-test-'));
  chmodSync(folder, 0o755);
  const home = join(folder, 'postgres');
  const cluster = await startCluster({ home, port: await freePort(), settings: { fsync: 'off' } });
  process.env['TEST_DATABASE_URL'] = cluster.url;
  provide('databaseUrl', cluster.url);
  return async () => {
    delete process.env['TEST_DATABASE_URL'];
    await cluster.stop();
    await removeCluster(home);
    rmSync(folder, { recursive: true, force: true });
  };
}
