import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { createBridge } from '../../../functions/bridge/bridge.ts';
import { toEvent } from '../../../functions/reconcile/committed-request.ts';
import { createReconcile } from '../../../functions/reconcile/reconcile.ts';
import { createReconcileStore } from '../../../functions/reconcile/store.ts';
import { createSeriesStore } from '../../../functions/series/store.ts';
import { freshDatabase, type TestDatabase } from '../../database.ts';
import { insertRequest } from '../../fixtures/committed-request.ts';
import { connectAs, recordingLog } from '../../fixtures/connection.ts';
import { delivery } from '../../fixtures/delivery.ts';
import { lambdaContext } from '../../fixtures/http.ts';
import { submitLine, type WideLine } from '../../fixtures/wide-line.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function partsOn({ url }: TestDatabase) {
  const database = connectAs('prior_auth_reconcile', url);
  const series = createSeriesStore(database);
  const store = createReconcileStore(database);
  const log = recordingLog();
  const evidence: string[] = [];
  const writeEvidence = (lines: string) => void evidence.push(lines);
  const run = createReconcile({ store, series, log, writeEvidence });
  return {
    bridge: createBridge({ store: createSeriesStore(connectAs('prior_auth_bridge', url)), log, now: Date.now }),
    reconcile: (remainingMs?: number) => run({}, lambdaContext(remainingMs)),
    log,
    evidence,
    store,
    series,
  };
}

/** The counters of `/metrics` by `name{label value}`, without those at 0 and without times. */
async function countersOf(database: TestDatabase): Promise<Record<string, number>> {
  const series = await createSeriesStore(connectAs('prior_auth_metrics', database.url)).read();
  const counters = series.filter(({ metric, value }) => metric.endsWith('_total') && value > 0n);
  return Object.fromEntries(
    counters.map(({ metric, labels, value }) => [
      `${metric.replace(/prior_auth_(.*)_total/, '$1')} ${Object.values(labels).join()}`.trim(),
      Number(value),
    ]),
  );
}

async function uncountedOf(database: TestDatabase): Promise<number> {
  const series = await createSeriesStore(connectAs('prior_auth_metrics', database.url)).read();
  return Number(series.find(({ metric }) => metric === 'prior_auth_uncounted_requests')?.value);
}

async function daysOf({ sql }: TestDatabase): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select inhrelid::regclass::text as name from pg_inherits where inhparent = 'prior_auth_seen_events'::regclass order by 1`;
  return rows.map(({ name }) => name.slice(-8));
}

const dayName = (at: number) => new Date(at).toISOString().slice(0, 10).replaceAll('-', '');
const stamped = (line: WideLine, at: Date): WideLine => ({
  ...line,
  _aws: { ...(line['_aws'] as object), Timestamp: at.getTime() },
});

describe('reconcile', () => {
  it('mends a lost batch from the rows, and the lost lines are duplicates when they come after all', async () => {
    const database = await freshDatabase();
    const { bridge, reconcile, log } = partsOn(database);
    const kept = await insertRequest(database.sql);
    const lost = [
      await insertRequest(database.sql, { npiCheckFailed: true }),
      await insertRequest(database.sql, { idempotent: true, auditEvents: 2 }),
    ];
    await bridge(delivery([submitLine({ event_id: kept })]));
    assert.equal(await uncountedOf(database), 2);

    assert.deepEqual(await reconcile(), { reconciled: 2, isDone: true });
    assert.equal(await uncountedOf(database), 0);
    const expected = {
      'bridge_events counted': 1,
      'bridge_events reconciled': 2,
      'requests success': 3,
      npi_check_failures: 1,
      'database_operations generate_request_id': 3,
      'database_operations insert_request': 3,
      'database_operations insert_audit_event': 8,
      'database_operations read_idempotency_key': 1,
      'database_operations insert_idempotency_key': 1,
    };
    assert.deepEqual(await countersOf(database), expected);
    assert.deepEqual(log.lines.at(-1)?.fields, { events: 2 });

    await bridge(delivery(lost.map((event_id) => submitLine({ event_id }))));
    assert.deepEqual(await countersOf(database), { ...expected, 'bridge_events duplicate': 2 });
    assert.deepEqual(await reconcile(), { reconciled: 0, isDone: true });
  });

  it('leaves requests alone for five minutes, since their line may be on its way', async () => {
    const database = await freshDatabase();
    await insertRequest(database.sql, { createdAt: new Date(Date.now() - 4 * MINUTE_MS) });
    await insertRequest(database.sql, { createdAt: new Date(Date.now() - 5.1 * MINUTE_MS) });
    assert.equal(await uncountedOf(database), 1);
    assert.deepEqual(await partsOn(database).reconcile(), { reconciled: 1, isDone: true });
  });

  it('sees a request that is committed after it looked, though created before', async () => {
    const database = await freshDatabase();
    const { reconcile } = partsOn(database);
    await reconcile();
    await insertRequest(database.sql, { createdAt: new Date(Date.now() - 5 * MINUTE_MS + 50) });
    await sleep(100);
    assert.equal(await uncountedOf(database), 1);
    assert.deepEqual(await reconcile(), { reconciled: 1, isDone: true });
  });

  it('counts once around midnight, where the row and its line are of different days', async () => {
    const database = await freshDatabase();
    const { bridge, reconcile } = partsOn(database);
    const midnight = Date.parse(new Date().toISOString().slice(0, 10)) - 2 * DAY_MS;
    for (const [created, stamp] of [
      [-200, 300],
      [300, -200],
    ] as const) {
      const createdAt = new Date(midnight + created);
      const [lost, kept] = [
        await insertRequest(database.sql, { createdAt }),
        await insertRequest(database.sql, { createdAt }),
      ];
      const line = (event_id: string) => stamped(submitLine({ event_id }), new Date(midnight + stamp));
      await database.sql`update prior_auth_reconcile_state set checked_until = '-infinity'`;
      await bridge(delivery([line(kept)]));
      assert.equal(await uncountedOf(database), 1);
      assert.deepEqual(await reconcile(), { reconciled: 1, isDone: true });
      await bridge(delivery([line(lost), line(kept)]));
    }
    assert.equal((await countersOf(database))['requests success'], 4);
  });

  it('takes an event as counted that became so on either of its days while it looked', async () => {
    const database = await freshDatabase();
    const { bridge, series } = partsOn(database);
    const now = new Date();
    const [today, yesterday] = [0, DAY_MS].map((ago) => new Date(now.getTime() - ago).toISOString().slice(0, 10));
    const line = stamped(submitLine(), now);
    await bridge(delivery([line]));
    const event = { id: String(line['event_id']), days: [yesterday ?? '', today ?? ''], samples: [] };
    const outcomes = await series.count({ events: [event], refused: [], outcome: 'reconciled' });
    assert.deepEqual(outcomes, { reconciled: 0, quarantined: 0, duplicate: 1 });
  });

  it('is exact when it races the bridge for the same requests', async () => {
    const database = await freshDatabase();
    const [one, two, three] = [partsOn(database), partsOn(database), partsOn(database)];
    const ids = await Promise.all(Array.from({ length: 120 }, () => insertRequest(database.sql)));
    const late = Array.from({ length: 6 }, (_, i) =>
      delivery(ids.slice(i * 20, i * 20 + 20).map((event_id) => submitLine({ event_id }))),
    );
    const bridging = async () => {
      for (const batch of late) await three.bridge(batch);
    };
    await Promise.all([one.reconcile(), two.reconcile(), bridging()]);
    const counters = await countersOf(database);
    assert.equal(counters['requests success'], 120);
    assert.equal((counters['bridge_events counted'] ?? 0) + (counters['bridge_events reconciled'] ?? 0), 120);
    assert.equal(await uncountedOf(database), 0);
  });

  it('works through a backlog in batches, and goes on where it had to stop', async () => {
    const database = await freshDatabase();
    const { store, series, bridge, reconcile } = partsOn(database);
    const sameInstant = { createdAt: new Date(Date.now() - 20 * MINUTE_MS) };
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.push(await insertRequest(database.sql, i < 3 ? sameInstant : {}));
    await bridge(delivery([submitLine({ event_id: ids[1] })].map((line) => stamped(line, sameInstant.createdAt))));
    const { uncounted, checkedUntil, isLast } = await store.check(3);
    assert.deepEqual([uncounted.map(({ event_id }) => event_id).sort(), isLast], [[ids[0], ids[2]].sort(), false]);
    assert.equal(Date.parse(checkedUntil), sameInstant.createdAt.getTime());
    assert.deepEqual(await reconcile(1000), { reconciled: 0, isDone: false }, 'too little time is left to begin');
    await series.count({ events: uncounted.map(toEvent), refused: [], outcome: 'reconciled' });
    await store.advance(checkedUntil);
    assert.equal((await store.check(5)).uncounted.length, 2, 'those of the last instant are looked at again');
    assert.deepEqual(await reconcile(), { reconciled: 4, isDone: true });
  });

  it('does not let the bridge look alive', async () => {
    const database = await freshDatabase();
    await insertRequest(database.sql);
    await partsOn(database).reconcile();
    const series = await createSeriesStore(database).read();
    assert.ok(!series.some(({ metric }) => metric === 'prior_auth_bridge_last_success_timestamp_seconds'));
  });

  it('keeps partitions ahead, and drops a day only when nothing can refer to it any more', async () => {
    // Database and test must mean the same days.
    const untilMidnight = DAY_MS - (Date.now() % DAY_MS);
    if (untilMidnight < 10_000) await sleep(untilMidnight + 1);
    const database = await freshDatabase();
    const { store } = partsOn(database);
    const now = Date.now();
    const ahead = [0, 1, 2].map((days) => dayName(now + days * DAY_MS));
    const [old, edge] = [now - 23 * DAY_MS, now - 22 * DAY_MS];
    for (const at of [old, edge]) {
      await database.sql`select prior_auth_create_seen_partition(${new Date(at).toISOString().slice(0, 10)})`;
    }
    const yesterday = dayName(now - DAY_MS);
    // What is due is noted, and dropped a day later when it still is.
    const twoDaysLater = async () => {
      for (let day = 0; day < 2; day++) {
        await database.sql`update prior_auth_reconcile_state set due_since = due_since - interval '1 day'`;
        await store.maintain();
      }
    };
    await store.maintain();
    assert.deepEqual(
      await daysOf(database),
      [dayName(old), dayName(edge), yesterday, ...ahead],
      'nothing was checked yet',
    );
    await store.advance(new Date(now - 22.5 * DAY_MS).toISOString());
    await twoDaysLater();
    assert.equal(
      (await daysOf(database)).includes(dayName(old)),
      dayName(now - 22.5 * DAY_MS - 5 * MINUTE_MS) === dayName(old),
    );
    await store.advance(new Date(now).toISOString());
    const kept = await daysOf(database);
    await store.maintain();
    assert.deepEqual(await daysOf(database), kept, 'not at once');
    await twoDaysLater();
    assert.deepEqual(await daysOf(database), [dayName(edge), yesterday, ...ahead]);
  });

  it('finds its way back after a jump of the clock: what was lost meanwhile is counted, and nothing twice', async () => {
    const database = await freshDatabase();
    const { bridge, reconcile } = partsOn(database);
    const [kept] = [await insertRequest(database.sql), await insertRequest(database.sql)];
    await bridge(delivery([submitLine({ event_id: kept })]));
    await database.sql`update prior_auth_reconcile_state set checked_until = now() + interval '30 days'`;
    assert.equal(await uncountedOf(database), 1);
    assert.deepEqual(await reconcile(), { reconciled: 1, isDone: true });
    const [state] = await database.sql`
      select checked_until between now() - interval '6 minutes' and now() - interval '4 minutes' as good
      from prior_auth_reconcile_state`;
    assert.equal(state?.['good'], true);
    assert.deepEqual(await reconcile(), { reconciled: 0, isDone: true });
    assert.equal((await countersOf(database))['requests success'], 2);
  });

  it('never says that it checked what is to come', async () => {
    const database = await freshDatabase();
    const { store } = partsOn(database);
    await store.advance(new Date(Date.now() + 30 * DAY_MS).toISOString());
    const [state] = await database.sql`select checked_until <= now() as good from prior_auth_reconcile_state`;
    assert.equal(state?.['good'], true);
  });

  it('forgets no day because a clock jumped ahead and came back within a day', async () => {
    const database = await freshDatabase();
    const { store } = partsOn(database);
    await store.maintain();
    const days = await daysOf(database);
    // As a run during the jump leaves it.
    await database.sql`
      update prior_auth_reconcile_state
      set checked_until = now() + interval '30 days', due_from = now()::date + 8, due_since = now() + interval '30 days'`;
    await store.maintain();
    await store.maintain();
    assert.deepEqual(await daysOf(database), days);
    const [state] = await database.sql`select due_since <= now() as good from prior_auth_reconcile_state`;
    assert.equal(state?.['good'], true);
  });

  it('witnesses trails whose line was lost, and closes what is old enough by one checkpoint', async () => {
    const database = await freshDatabase();
    const { bridge, reconcile, evidence } = partsOn(database);
    const kept = await insertRequest(database.sql, { auditEvents: 1 });
    await insertRequest(database.sql, { auditEvents: 1 });
    await insertRequest(database.sql, { auditEvents: 1, createdAt: new Date() });
    await bridge(delivery([submitLine({ event_id: kept })]));
    for (let run = 0; run < 2; run++) await reconcile();
    const [witness, checkpoint, ...more] = evidence.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      [witness?.['request_id'], witness?.['audit_seq'], witness?.['audit_head']],
      ['PA-00002', 1, 'c'.repeat(64)],
    );
    const { seq, after_id, last_id, heads } = checkpoint?.['checkpoint'] as Record<string, number>;
    assert.deepEqual({ seq, after_id, last_id, heads }, { seq: 1, after_id: 0, last_id: 2, heads: 2 });
    assert.deepEqual(more, []);
  });

  it('counts a request older than any partition', async () => {
    const database = await freshDatabase();
    const { reconcile } = partsOn(database);
    await insertRequest(database.sql, { createdAt: new Date(Date.now() - 40 * DAY_MS) });
    assert.deepEqual(await reconcile(), { reconciled: 1, isDone: true });
    assert.equal(await uncountedOf(database), 0);
    assert.deepEqual(await reconcile(), { reconciled: 0, isDone: true });
    assert.equal((await countersOf(database))['requests success'], 1);
  });

  it('forgets quarantined lines after 21 days', async () => {
    const database = await freshDatabase();
    await database.sql`
      insert into prior_auth_quarantine (hash, reason, at)
      values ('old', 'line_not_json', now() - interval '22 days'), ('new', 'line_not_json', now() - interval '20 days')`;
    await partsOn(database).reconcile();
    assert.deepEqual([...(await database.sql`select hash from prior_auth_quarantine`)], [{ hash: 'new' }]);
  });
});

it('the gauge of uncounted requests looks at no more of the history than reconcile has left to check', async () => {
  const database = await freshDatabase();
  const { sql } = database;
  await sql`
    insert into prior_auth_requests (id, member_id, provider_npi, diagnosis_code, requested_service, submitter, event_id, created_at)
    select i, 'M', '1234567890', 'Z00.00', 'S', 'local', gen_random_uuid(), now() - i * interval '2 seconds'
    from generate_series(1, 40000) i`;
  await sql`
    insert into prior_auth_seen_events
    select (created_at at time zone 'UTC')::date, event_id from prior_auth_requests where id not between 211 and 260`;
  await sql`update prior_auth_reconcile_state set checked_until = now() - interval '15 minutes'`;
  await sql`analyze`;
  const metrics = connectAs('prior_auth_metrics', database.url);
  // These are seven to nine minutes old: checked, and not yet or any more on the edge however long this takes.
  assert.equal(await uncountedOf(database), 50);
  const plan = await metrics.sql<{ 'QUERY PLAN': string }[]>`
    explain (analyze, buffers, costs off, timing off)
    select count(*) from (select counted from prior_auth_unchecked_requests order by created_at limit 50000) oldest
    where not counted`;
  const text = plan.map((row) => row['QUERY PLAN']).join('\n');
  assert.doesNotMatch(text, /Seq Scan on prior_auth_(requests|seen)\S* \S+ \(actual/, text);
  assert.ok(Number(/shared hit=(\d+)/.exec(text)?.[1]) < 1500, `more than five blocks a request:\n${text}`);
});
