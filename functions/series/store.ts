/** The only SQL of the series domain. */
import type postgres from 'postgres';
import * as z from 'zod/mini';
import { inTransaction, retryOnce, type Database } from '../runtime/postgres.ts';
import type { BridgeOutcome } from '../contract/catalogue.ts';
import type { CountableEvent } from './emf.ts';
import { foldOverflow, MAX_SERIES } from './overflow.ts';
import type { Reason } from './refusal.ts';
import { aggregate, type Sample } from './samples.ts';
import { isMetricName, seriesKey, type Series } from './series.ts';

/** Something that was refused: a fingerprint (sha256, hex) that is the same at every delivery, and why. */
export interface Refused {
  readonly hash: string;
  readonly reason: Reason;
}

export interface Batch {
  readonly events: readonly CountableEvent[];
  readonly refused: readonly Refused[];
  /** Who counts: the bridge from lines, or reconcile from rows. Only the bridge moves the gauge of its last success. */
  readonly outcome: 'counted' | 'reconciled';
}

/** How many events of a batch had which outcome. */
export type Outcomes = Readonly<Partial<Record<BridgeOutcome, number>>>;

export interface SeriesStore {
  /** Counts what is new of a batch, all or nothing. Any batch may be given any number of times, by several at once. */
  count(batch: Batch): Promise<Outcomes>;
  /** Every series, and the gauge of uncounted requests. One round trip. */
  read(): Promise<Series[]>;
}

/**
 * A scrape looks at no more requests than this, should reconcile stand still for long: the gauge then counts the
 * oldest.
 */
const MAX_CHECKED = 50_000;
/** SQLSTATE of an insert that finds no partition (and of a violated check). */
const CHECK_VIOLATION = '23514';

/** Both may be done twice, so what meets a connection that died while the environment was frozen is tried again. */
export function createSeriesStore(database: Database, maxSeries = MAX_SERIES): SeriesStore {
  return {
    count: (batch) => retryOnce(database, (sql) => countWithPartitions(sql, batch, maxSeries)),
    read: () => retryOnce(database, read),
  };
}

async function countWithPartitions(sql: postgres.Sql, batch: Batch, maxSeries: number): Promise<Outcomes> {
  const attempt = () => inTransaction(sql, () => count(sql, batch, maxSeries));
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === CHECK_VIOLATION)) throw error;
    const days = new Set(batch.events.flatMap((event) => event.days));
    for (const day of days) await sql`select prior_auth_create_seen_partition(${day}::text::date)`;
    return await attempt();
  }
}

/**
 * One transaction of four round trips. Everything is taken in the same order by all (ids, fingerprints, series, each
 * sorted), so racing batches wait for each other and never deadlock; an id that another transaction is inserting is
 * waited for.
 */
async function count(sql: postgres.Sql, batch: Batch, maxSeries: number): Promise<Outcomes> {
  const events = new Map(batch.events.map((event) => [event.id, event]));
  const [fresh, quarantined, seriesCount] = await Promise.all([
    rememberEvents(sql, [...events.values()]),
    quarantine(sql, batch.refused),
    countSeries(sql),
  ]);
  const outcomes: Outcomes = {
    [batch.outcome]: fresh.length,
    quarantined,
    duplicate: batch.events.length - fresh.length + batch.refused.length - quarantined,
  };
  const samples = bridgeSamples(outcomes).concat(fresh.flatMap((event) => event.samples));
  await Promise.all([
    addToSeries(sql, await withinCap(sql, samples, seriesCount, maxSeries)),
    batch.outcome === 'counted' ? touchLastSuccess(sql) : undefined,
  ]);
  return outcomes;
}

function bridgeSamples(outcomes: Outcomes): Sample[] {
  return Object.entries(outcomes).map(([outcome, value]) => ({
    metric: 'prior_auth_bridge_events_total',
    labels: { outcome },
    value,
  }));
}

/**
 * Those of the events whose id is new on all of its days. Ids come back only when some were known: to send and read a
 * thousand of them is a tenth of the work of a batch.
 */
async function rememberEvents(
  sql: postgres.Sql,
  events: readonly CountableEvent[],
): Promise<readonly CountableEvent[]> {
  const keys = events.flatMap(({ id, days }) => days.map((day) => ({ day, id })));
  const days = arrayOf(keys.map(({ day }) => day));
  const ids = arrayOf(keys.map(({ id }) => id));
  const [row] = await sql<[{ count: number; ids: string | null }]>`
    with fresh as (
      insert into prior_auth_seen_events (day, event_id)
      select day, id from unnest(${days}::text::date[], ${ids}::text::uuid[]) as k (day, id) order by day, id
      on conflict do nothing
      returning event_id)
    select count(*)::integer as count, case when count(*) < ${keys.length} then string_agg(event_id::text, ',') end as ids
    from fresh`;
  if (row.count === keys.length) return events;
  const newOn = new Map<string, number>();
  for (const id of row.ids?.split(',') ?? []) newOn.set(id, (newOn.get(id) ?? 0) + 1);
  return events.filter(({ id, days }) => newOn.get(id) === days.length);
}

/** PostgreSQL's array of texts that need no quotes, as days and UUIDs; as JSON the same takes it half as long again. */
function arrayOf(texts: readonly string[]): string {
  return `{${texts.join()}}`;
}

/** @returns how many were not in quarantine yet */
async function quarantine(sql: postgres.Sql, refused: readonly Refused[]): Promise<number> {
  if (refused.length === 0) return 0;
  const result = await sql`
    insert into prior_auth_quarantine (hash, reason)
    select hash, reason from json_to_recordset(${JSON.stringify(refused)}::text::json) as r (hash text, reason text)
    order by hash
    on conflict do nothing`;
  return result.count;
}

async function countSeries(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<[{ count: string }]>`select count(*) from prior_auth_metric_series`;
  return Number(row.count);
}

async function withinCap(sql: postgres.Sql, samples: Sample[], seriesCount: number, cap: number): Promise<Series[]> {
  const series = aggregate(samples);
  if (seriesCount + series.length <= cap) return series;
  const rows = await sql<Pick<Series, 'metric' | 'labels'>[]>`select metric, labels from prior_auth_metric_series`;
  const known = rows.map((row) => seriesKey(row.metric, row.labels));
  return aggregate(foldOverflow(samples, known, cap));
}

async function addToSeries(sql: postgres.Sql, series: readonly Series[]): Promise<void> {
  await sql`
    insert into prior_auth_metric_series as s (metric, labels, value, buckets, exemplars)
    select metric, labels, value, buckets, coalesce(exemplars, '{}')
    from jsonb_to_recordset(${JSON.stringify(series, bigintAsText)}::text::jsonb)
      as d (metric text, labels jsonb, value bigint, buckets bigint[], exemplars jsonb)
    order by metric, labels
    on conflict (metric, labels) do update set
      value = s.value + excluded.value,
      buckets = (select array_agg(was + more order by i)
                 from unnest(s.buckets, excluded.buckets) with ordinality as b (was, more, i)),
      exemplars = s.exemplars || excluded.exemplars`;
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

async function touchLastSuccess(sql: postgres.Sql): Promise<void> {
  await sql`
    insert into prior_auth_metric_series as s (metric, labels, value)
    values ('prior_auth_bridge_last_success_timestamp_seconds', '{}', (extract(epoch from now()) * 1000000)::bigint)
    on conflict (metric, labels) do update set value = greatest(s.value, excluded.value)`;
}

const ExemplarRow = z.object({ traceId: z.string(), value: z.number(), at: z.number() });
const SeriesRow = z.object({
  metric: z.string(),
  labels: z.record(z.string(), z.string()),
  value: z.string(),
  buckets: z.nullable(z.string()),
  exemplars: z.record(z.string(), ExemplarRow),
});

async function read(sql: postgres.Sql): Promise<Series[]> {
  const rows = await sql`
    select metric, labels, value, array_to_string(buckets, ',') as buckets, exemplars from prior_auth_metric_series
    union all
    select 'prior_auth_uncounted_requests', '{}', count(*), null, '{}'
    from (select counted from prior_auth_unchecked_requests order by created_at limit ${MAX_CHECKED}) oldest
    where not counted`;
  return z
    .array(SeriesRow)
    .parse([...rows])
    .flatMap(({ metric, labels, value, buckets, exemplars }) => {
      // A bridge of a newer version may write what this one does not know.
      if (!isMetricName(metric)) return [];
      const base = { metric, labels, value: BigInt(value) };
      return buckets === null ? [base] : [{ ...base, buckets: buckets.split(',').map(BigInt), exemplars }];
    });
}
