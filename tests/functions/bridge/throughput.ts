/**
 * How fast the bridge counts and `/metrics` renders, on a PostgreSQL of its own with its ordinary durability:
 * `node tests/functions/bridge/throughput.ts [seen ids to start with]`.
 */
import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBridge } from '../../../functions/bridge/bridge.ts';
import { createMetrics } from '../../../functions/metrics/metrics.ts';
import { connect, type Database } from '../../../functions/runtime/postgres.ts';
import { createSeriesStore } from '../../../functions/series/store.ts';
import { migrate } from '../../../infra/database/migrate.ts';
import { freePort } from '../../../local/free-port.ts';
import { removeCluster, startCluster } from '../../../local/postgres/cluster.ts';
import { delivery } from '../../fixtures/delivery.ts';
import { submitLine } from '../../fixtures/wide-line.ts';

const LINES: Record<number, number> = { 1: 500, 100: 20_000, 1000: 100_000, 10_000: 100_000 };
const SCRAPES = 50;

const folder = mkdtempSync(join(tmpdir(), 'throughput-'));
chmodSync(folder, 0o755);
const home = join(folder, 'postgres');
const cluster = await startCluster({ home, port: await freePort() });
try {
  await migrate(cluster.url);
  const database = connect({
    DATABASE_URL: cluster.url,
    DATABASE_ROLE: undefined,
    DATABASE_CONNECT_TIMEOUT_MS: 5000,
    DATABASE_LOCK_TIMEOUT_MS: 5000,
    DATABASE_STATEMENT_TIMEOUT_MS: 600_000,
  });
  await fill(database, Number(process.argv[2] ?? 0));
  await measureBridge(database);
  await measureScrape(database);
  await database.sql.end();
} finally {
  await cluster.stop();
  await removeCluster(home);
  rmSync(folder, { recursive: true, force: true });
}

async function fill({ sql }: Database, seenIds: number): Promise<void> {
  await sql`
    insert into prior_auth_seen_events
    select (now() at time zone 'UTC')::date, gen_random_uuid() from generate_series(1, ${seenIds})`;
  console.log(`${seenIds} ids seen before`);
}

async function measureBridge(database: Database): Promise<void> {
  const log = { warn: console.log, error: console.log };
  const bridge = createBridge({ store: createSeriesStore(database), log, now: Date.now });
  await bridge(delivery(lines(1000)));
  for (const [size, total] of Object.entries(LINES)) {
    const batches = Array.from({ length: total / Number(size) }, () => delivery(lines(Number(size))));
    const cpu = process.cpuUsage();
    const started = performance.now();
    for (const batch of batches) await bridge(batch);
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const perLine = ((user + system) / total).toFixed(1);
    console.log(`batches of ${size}: ${Math.round(total / seconds)} lines/s, ${perLine} µs of the bridge's CPU a line`);
  }
}

function lines(count: number) {
  return Array.from({ length: count }, (_, i) =>
    submitLine({ prior_auth_request_duration_seconds: Math.round(Math.random() * 100_000) / 1e6, cold_start: i === 0 }),
  );
}

async function measureScrape(database: Database): Promise<void> {
  const work = createMetrics({ store: createSeriesStore(database), build: { version: '1', node: '24' } });
  const request = { headers: { accept: 'application/openmetrics-text' } } as unknown as Parameters<typeof work>[0];
  for (const count of [10, 100, 500]) {
    await database.sql`
      insert into prior_auth_metric_series (metric, labels, value, buckets)
      select 'prior_auth_request_duration_seconds', jsonb_build_object('status', 'made up ' || i), 1,
        array_fill(1::bigint, array[14]) from generate_series(1, ${count}) i on conflict do nothing`;
    const times: number[] = [];
    let bytes = 0;
    for (let i = 0; i < SCRAPES; i++) {
      const started = performance.now();
      const { body } = await work(request);
      bytes = typeof body === 'string' ? body.length : 0;
      times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    const at = (share: number) => times[Math.floor(SCRAPES * share)]?.toFixed(1);
    console.log(`scrape with ${count} more histograms: p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, ${bytes} bytes`);
  }
}
