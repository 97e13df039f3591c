import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import postgres from 'postgres';
import { createBridge } from '../../../functions/bridge/bridge.ts';
import { isDatabaseAway } from '../../../functions/runtime/postgres.ts';
import { createSeriesStore } from '../../../functions/series/store.ts';
import { seriesKey } from '../../../functions/series/series.ts';
import { freshDatabase, type TestDatabase } from '../../database.ts';
import { connectAs, recordingLog } from '../../fixtures/connection.ts';
import { awslogs, controlMessage, delivery, queued } from '../../fixtures/delivery.ts';
import { statusLine, submitLine, type WideLine } from '../../fixtures/wide-line.ts';

const DAY_MS = 86_400_000;

function bridgeOn(url: string, maxSeries?: number) {
  const log = recordingLog();
  const store = createSeriesStore(connectAs('prior_auth_bridge', url), maxSeries);
  return { bridge: createBridge({ store, log, now: Date.now }), store, log };
}

/** Every series but the gauges of time: what must not depend on how often and in what order lines came. */
async function countersOf({ sql }: TestDatabase): Promise<Record<string, unknown>> {
  const rows = await sql<{ metric: string; labels: Record<string, string>; value: string; buckets: string | null }[]>`
    select metric, labels, value, buckets::text from prior_auth_metric_series
    where metric not in ('prior_auth_bridge_last_success_timestamp_seconds', 'prior_auth_bridge_events_total')`;
  return Object.fromEntries(rows.map((row) => [seriesKey(row.metric, row.labels), [row.value, row.buckets]]));
}

async function valueOf({ sql }: TestDatabase, metric: string, labels: Record<string, string> = {}): Promise<number> {
  const rows = await sql<{ value: string }[]>`
    select value from prior_auth_metric_series where metric = ${metric} and labels = ${sql.json(labels)}`;
  return Number(rows[0]?.value ?? 0);
}

const outcome = (database: TestDatabase, name: string) =>
  valueOf(database, 'prior_auth_bridge_events_total', { outcome: name });

function timed(line: WideLine, timestamp: number): WideLine {
  return { ...line, _aws: { ...(line['_aws'] as object), Timestamp: timestamp } };
}

function mixedLines(count: number): WideLine[] {
  return Array.from({ length: count }, (_, i) => {
    if (i % 4 === 3) return statusLine();
    const status = i % 5 === 4 ? 'validation_error' : 'success';
    return submitLine({ status, prior_auth_request_duration_seconds: (i % 30) / 100 });
  });
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

describe('the bridge', () => {
  it('counts the lines of a delivery, directly and by way of a queue', async () => {
    const database = await freshDatabase();
    const { bridge } = bridgeOn(database.url);
    assert.deepEqual(await bridge(delivery([submitLine(), 'START RequestId: 1', statusLine()])), {
      counted: 2,
      quarantined: 0,
      duplicate: 0,
    });
    await bridge(queued([delivery([submitLine()]), delivery([submitLine({ status: 'error' })])]));
    assert.equal(await valueOf(database, 'prior_auth_requests_total', { status: 'success' }), 2);
    assert.equal(await valueOf(database, 'prior_auth_requests_total', { status: 'error' }), 1);
    const labels = { operation_type: 'insert_audit_event' };
    assert.equal(await valueOf(database, 'prior_auth_database_operations_total', labels), 9);
    assert.equal(await outcome(database, 'counted'), 4);
  });

  it('makes nothing of a batch that comes three times, shuffled', async () => {
    const [once, thrice] = [await freshDatabase(), await freshDatabase()];
    const batches = Array.from({ length: 12 }, () => delivery(mixedLines(25)));
    const first = bridgeOn(once.url).bridge;
    for (const batch of batches) await first(batch);
    const second = bridgeOn(thrice.url).bridge;
    for (const batch of shuffled([...batches, ...batches, ...batches])) await second(batch);
    assert.deepEqual(await countersOf(thrice), await countersOf(once));
    assert.equal(await outcome(thrice, 'counted'), 300);
    assert.equal(await outcome(thrice, 'duplicate'), 600);
  });

  it('counts a line once that stands twice in one delivery', async () => {
    const database = await freshDatabase();
    const line = submitLine();
    assert.deepEqual(await bridgeOn(database.url).bridge(delivery([line, line])), {
      counted: 1,
      quarantined: 0,
      duplicate: 1,
    });
    assert.equal(await valueOf(database, 'prior_auth_requests_total', { status: 'success' }), 1);
  });

  it('is exact when two of it are given overlapping batches at once', async () => {
    const database = await freshDatabase();
    const lines = mixedLines(600);
    const overlapping = () =>
      Array.from({ length: 30 }, () => delivery(shuffled(lines).slice(0, 60))).concat(delivery(lines.slice(0, 300)));
    const work = async (batches: readonly unknown[]) => {
      const { bridge } = bridgeOn(database.url);
      for (const batch of batches) await bridge(batch);
    };
    await Promise.all([work([...overlapping(), delivery(lines)]), work([...overlapping(), delivery(lines)])]);
    const reference = await freshDatabase();
    await bridgeOn(reference.url).bridge(delivery(lines));
    assert.deepEqual(await countersOf(database), await countersOf(reference));
    assert.equal(await outcome(database, 'counted'), 600);
  });

  it('does not deadlock with another that takes the same ids or series in the opposite order', async () => {
    const database = await freshDatabase();
    // The slower each row, the surer a deadlock, were the rows not taken in one order by all.
    await database.sql.unsafe(`
      create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.01); return new; end $$;
      create trigger slow before insert on prior_auth_seen_events for each row execute function slow();
      create trigger slow before insert on prior_auth_metric_series for each row execute function slow()`);
    const lines = Array.from({ length: 20 }, (_, i) => submitLine({ status: i % 2 === 0 ? 'success' : 'error' }));
    const bridges = [1, 2].map(() => bridgeOn(database.url).bridge);
    const batches = [delivery(lines), delivery(lines.toReversed())];
    const outcomes = await Promise.all(bridges.map((bridge, i) => bridge(batches[i])));
    assert.deepEqual(outcomes.map(({ counted }) => counted).sort(), [0, 20]);
  });

  it('leaves nothing of a batch that fails in mid-transaction, and counts it when it comes again', async () => {
    const database = await freshDatabase();
    const { bridge } = bridgeOn(database.url);
    await database.sql.unsafe(`
      create function fail() returns trigger language plpgsql as $$ begin raise exception 'planted'; end $$;
      create trigger fail before insert on prior_auth_metric_series for each row
        when (new.metric = 'prior_auth_bridge_last_success_timestamp_seconds') execute function fail()`);
    const batch = delivery([...mixedLines(5), '{"_aws":"PriorAuth"']);
    await assert.rejects(bridge(batch), { message: 'The database failed: P0001' });
    for (const table of ['prior_auth_seen_events', 'prior_auth_metric_series', 'prior_auth_quarantine']) {
      assert.equal((await database.sql.unsafe(`select from ${table}`)).count, 0, table);
    }
    await database.sql`drop trigger fail on prior_auth_metric_series`;
    assert.deepEqual(await bridge(batch), { counted: 5, quarantined: 1, duplicate: 0 });
  });

  it('lets a database error rise, so that the batch is delivered again', async () => {
    const database = await freshDatabase();
    const { bridge } = bridgeOn(database.url.replace(/:\d+\//, ':1/'));
    await assert.rejects(bridge(delivery([submitLine()])), isDatabaseAway);
  });

  it('counts the next batch although its connection was closed meanwhile', async () => {
    const database = await freshDatabase();
    const { bridge } = bridgeOn(database.url);
    await bridge(delivery([submitLine()]));
    const closed = await database.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name = 'prior-auth'`;
    assert.equal(closed.count, 1);
    assert.deepEqual(await bridge(delivery([submitLine()])), { counted: 1, quarantined: 0, duplicate: 0 });
  });

  it('quarantines poison by fingerprint and reason, once, and counts the rest', async () => {
    const database = await freshDatabase();
    const { bridge, log } = bridgeOn(database.url);
    const secret = 'M12345-secret';
    const poison = [
      `{"_aws":{"x":"PriorAuth"},"member":"${secret}"`,
      submitLine({ status: secret }),
      submitLine({ prior_auth_requests_total: -1, note: secret }),
      timed(submitLine(), Date.now() - 22 * DAY_MS),
    ];
    const batch = delivery([submitLine(), ...poison, submitLine()]);
    const broken = { awslogs: { data: Buffer.from(secret).toString('base64') } };
    await bridge(batch);
    await bridge(queued([batch, broken, secret, delivery([submitLine()])]));
    assert.equal(await valueOf(database, 'prior_auth_requests_total', { status: 'success' }), 3);
    assert.deepEqual(
      [
        await outcome(database, 'quarantined'),
        await outcome(database, 'duplicate'),
        await outcome(database, 'counted'),
      ],
      [6, 6, 3],
    );
    const rows = await database.sql<{ hash: string; reason: string }[]>`select hash, reason from prior_auth_quarantine`;
    const reasons = 'event_too_old labels_unknown line_not_json payload_not_a_delivery payload_not_gzip value_invalid';
    assert.deepEqual(rows.map((row) => row.reason).sort(), reasons.split(' '));
    for (const { hash } of rows) assert.match(hash, /^[0-9a-f]{64}$/);
    const dump = JSON.stringify([rows, await countersOf(database), log.lines]);
    assert.ok(!dump.includes(secret));
    assert.ok(log.lines.length > 0 && !JSON.stringify(log.lines).includes('_aws'));
  });

  it('resolves for any event: what is none of its own is quarantined, and comes to the same at each delivery', async () => {
    const line = fc.oneof(
      fc.string(),
      fc
        .dictionary(fc.constantFrom(...Object.keys(submitLine()), 'failed_fields', 'cold_start'), fc.jsonValue(), {
          maxKeys: 3,
        })
        .map(submitLine),
      fc.jsonValue().map((_aws) => ({ _aws, namespace: 'PriorAuth' })),
    );
    const direct = fc.oneof(
      fc.array(line).map((lines) => delivery(lines)),
      fc.jsonValue().map(awslogs),
      fc.jsonValue(),
    );
    const event = fc.oneof(direct, fc.array(direct).map(queued), fc.constant(undefined));
    await fc.assert(
      fc.asyncProperty(event, async (one) => {
        const batches: unknown[] = [];
        const count = (batch: { refused: readonly unknown[] }) => {
          batches.push(batch.refused);
          return Promise.resolve({});
        };
        const log = recordingLog();
        const bridge = createBridge({ store: { count }, log, now: Date.now });
        await bridge(one);
        await bridge(one);
        assert.deepEqual(batches.slice(batches.length / 2), batches.slice(0, batches.length / 2));
        assert.ok(log.lines.every(({ message }) => message === 'The bridge could not read everything'));
      }),
      { numRuns: 500 },
    );
  });

  it('quarantines what is nested too deeply to be read, as an event and as a line', async () => {
    const database = await freshDatabase();
    const { bridge } = bridgeOn(database.url);
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    assert.deepEqual(await bridge(JSON.parse(deep)), { counted: 0, quarantined: 1, duplicate: 0 });
    const line = `{"_aws":{"Timestamp":${Date.now()},"CloudWatchMetrics":${deep}},"service":"PriorAuth","PriorAuth":"PriorAuth"}`;
    assert.deepEqual(await bridge(delivery([line, submitLine()])), { counted: 1, quarantined: 1, duplicate: 0 });
  });

  it('writes nothing for a control message or lines that are not its own', async () => {
    const database = await freshDatabase();
    const { bridge } = bridgeOn(database.url);
    assert.deepEqual(await bridge(controlMessage()), {});
    assert.deepEqual(await bridge(delivery(['START RequestId: 1'])), {});
    assert.equal((await database.sql`select from prior_auth_metric_series`).count, 0);
  });

  it('makes the partition of a day that has none, though its role may not', async () => {
    const database = await freshDatabase();
    const { bridge } = bridgeOn(database.url);
    const lines = [20, 15, 20].map((days) => timed(submitLine(), Date.now() - days * DAY_MS));
    assert.equal((await bridge(delivery(lines))).counted, 3);
    assert.equal((await bridge(delivery(lines))).duplicate, 3);
  });

  it('makes a missing partition once when several want it at the same time', async () => {
    const database = await freshDatabase();
    const lines = Array.from({ length: 20 }, () => timed(submitLine(), Date.now() - 10 * DAY_MS));
    const outcomes = await Promise.all([1, 2, 3].map(() => bridgeOn(database.url).bridge(delivery(lines))));
    assert.equal(
      outcomes.reduce((sum, each) => sum + (each.counted ?? 0), 0),
      20,
    );
    assert.equal(await valueOf(database, 'prior_auth_requests_total', { status: 'success' }), 20);
  });

  it('tells when it last succeeded, by the clock of the database', async () => {
    const database = await freshDatabase();
    const before = Date.now();
    await bridgeOn(database.url).bridge(delivery([submitLine()]));
    const after = Date.now();
    const at = (await valueOf(database, 'prior_auth_bridge_last_success_timestamp_seconds')) / 1000;
    assert.ok(at >= before && at < after + 1, `${before} ${at} ${after}`);
  });

  it('counts beyond the cap of series in the overflow series', async () => {
    const database = await freshDatabase();
    const { bridge } = bridgeOn(database.url, 10);
    const store = createSeriesStore(connectAs('prior_auth_metrics', database.url));
    await bridge(delivery(['success', 'error', 'replayed', 'conflict'].map((status) => submitLine({ status }))));
    const overflow = await valueOf(database, 'prior_auth_requests_total', { status: 'overflow' });
    const named = (await store.read()).filter((series) => series.metric === 'prior_auth_requests_total');
    assert.equal(
      named.reduce((sum, series) => sum + Number(series.value), 0),
      4,
    );
    assert.ok(overflow > 0);
    assert.ok((await valueOf(database, 'prior_auth_series_dropped_total')) > 0);
    await bridge(delivery([submitLine({ status: 'validation_error' })]));
    assert.equal(await valueOf(database, 'prior_auth_requests_total', { status: 'overflow' }), overflow + 1);
  });

  it('waits for an id that another transaction is writing, and counts it when that one fails', async () => {
    const database = await freshDatabase();
    const id = randomUUID();
    const other = postgres(database.url, { max: 1 });
    const day = new Date().toISOString().slice(0, 10);
    const [inserted, release] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const failing = other.begin(async (transaction) => {
      await transaction`insert into prior_auth_seen_events values (${day}, ${id})`;
      inserted.resolve(undefined);
      await release.promise;
      throw new Error('rolled back');
    });
    await inserted.promise;
    const counting = bridgeOn(database.url).bridge(delivery([submitLine({ event_id: id })]));
    setTimeout(() => release.resolve(undefined), 100);
    await assert.rejects(failing, /rolled back/);
    assert.equal((await counting).counted, 1);
    await other.end();
  });
});
