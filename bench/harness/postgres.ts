import { join } from 'node:path';
import { migrate } from '../../infra/database/migrate.ts';
import { freePort } from '../../local/machine/free-port.ts';
import { removeCluster, startCluster } from '../../local/embedded/postgres/cluster.ts';
import type { Bench } from './benchmark.ts';

/**
 * A migrated PostgreSQL of the benchmark's own, with its ordinary durability. Returns postgresql://… of a superuser.
 */
export async function startPostgres(bench: Bench): Promise<string> {
  bench.progress('starting PostgreSQL');
  const home = join(bench.folder, 'postgres');
  const cluster = await startCluster({ home, port: await freePort() });
  bench.cleanup(async () => {
    await cluster.stop();
    await removeCluster(home);
  });
  await migrate(cluster.url);
  return cluster.url;
}
