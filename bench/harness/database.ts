import postgres from 'postgres';
import { connect, type Database } from '../../functions/runtime/postgres.ts';
import { migrate } from '../../infra/database/migrate.ts';
import type { Bench } from './benchmark.ts';

/** Long enough to fill a table. */
const STATEMENT_TIMEOUT_MS = 600_000;

/** Another migrated database of the cluster, and a connection to it as a function has it. */
export async function openDatabase(bench: Pick<Bench, 'cleanup'>, cluster: string, name: string): Promise<Database> {
  const admin = postgres(cluster, { max: 1 });
  await admin`create database ${admin(name)}`;
  await admin.end();
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  await migrate(url.href);
  const database = connect({
    DATABASE_URL: url.href,
    DATABASE_CONNECT_TIMEOUT_MS: 5000,
    DATABASE_LOCK_TIMEOUT_MS: 5000,
    DATABASE_STATEMENT_TIMEOUT_MS: STATEMENT_TIMEOUT_MS,
  });
  bench.cleanup(() => database.sql.end());
  return database;
}

/** Series as no catalogue could have them: histograms, with an exemplar in every bucket. */
export async function makeSeries({ sql }: Database, count: number): Promise<void> {
  await sql`
    insert into prior_auth_metric_series (metric, labels, value, buckets, exemplars)
    select 'prior_auth_request_duration_seconds', jsonb_build_object('status', 'made up ' || i), 123456789,
      array_fill(12345::bigint, array[14]),
      (select jsonb_object_agg(bucket::text, jsonb_build_object(
        'traceId', '4bf92f3577b34da6a3ce929d0e0e4736', 'value', 0.0123, 'at', 1795430527118))
       from generate_series(0, 13) bucket)
    from generate_series(1, ${count}::integer) i`;
  await sql`vacuum analyze prior_auth_metric_series`;
}
