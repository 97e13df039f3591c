import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { createBridge } from '../../../functions/bridge/bridge.ts';
import { createMetrics } from '../../../functions/metrics/metrics.ts';
import { connect } from '../../../functions/runtime/postgres.ts';
import { serve } from '../../../functions/runtime/serve.ts';
import { createSeriesStore } from '../../../functions/series/store.ts';
import { freshDatabase } from '../../database.ts';
import { checkExposition, valueOf } from '../../exposition-checker.ts';
import { insertRequest } from '../../fixtures/committed-request.ts';
import { connectAs, recordingLog } from '../../fixtures/connection.ts';
import { delivery } from '../../fixtures/delivery.ts';
import { httpEvent, lambdaContext } from '../../fixtures/http.ts';
import { submitLine } from '../../fixtures/wide-line.ts';

const BUILD = { version: '1.2.3', node: '24.21.0' };

function scraperOf(database: Parameters<typeof createSeriesStore>[0]) {
  const work = createMetrics({ store: createSeriesStore(database), build: BUILD });
  const log = recordingLog();
  const handler = serve({ route: 'GET /metrics' }, () => ({ work }), {
    log,
    write: () => assert.fail('no wide event'),
  });
  const scrape = async (accept?: string) => {
    const headers = accept === undefined ? {} : { accept };
    const {
      statusCode,
      headers: answered = {},
      body = '',
    } = await handler(httpEvent({ path: '/metrics', headers }), lambdaContext());
    return { statusCode, type: answered['content-type'], headers: answered, body };
  };
  return { scrape, log };
}

describe('GET /metrics', () => {
  it('renders what the bridge counted, exactly, in the format that is asked for', async () => {
    const database = await freshDatabase();
    const store = createSeriesStore(connectAs('prior_auth_bridge', database.url));
    const bridge = createBridge({ store, log: recordingLog(), now: Date.now });
    const { scrape } = scraperOf(connectAs('prior_auth_metrics', database.url));
    const [older, newer] = ['a'.repeat(32), 'b'.repeat(32)];
    const seconds = (value: number, trace_id?: string) =>
      submitLine({ prior_auth_request_duration_seconds: value, trace_id });
    await bridge(delivery([seconds(0.04, older), seconds(2.05, older)]));
    await bridge(
      delivery([seconds(0.04, newer), submitLine({ status: 'validation_error', failed_fields: ['provider_npi'] })]),
    );
    await insertRequest(database.sql);

    const text = await scrape();
    assert.equal(text.type, 'text/plain; version=0.0.4; charset=utf-8');
    const openmetrics = await scrape('application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5');
    assert.equal(openmetrics.type, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    const samples = [checkExposition(text.body, 'text'), checkExposition(openmetrics.body, 'openmetrics')];
    for (const read of samples) {
      const value = (name: string, labels?: Record<string, string>) => valueOf(read, `prior_auth_${name}`, labels);
      assert.equal(value('requests_total', { status: 'success' }), 3);
      assert.equal(value('requests_total', { status: 'error' }), 0);
      assert.equal(value('validation_failures_total', { field: 'provider_npi' }), 1);
      assert.equal(value('database_operations_total', { operation_type: 'insert_audit_event' }), 12);
      assert.equal(value('request_duration_seconds_bucket', { status: 'success', le: '0.05' }), 2);
      assert.equal(value('request_duration_seconds_count', { status: 'success' }), 3);
      assert.equal(value('request_duration_seconds_sum', { status: 'success' }), 2.13);
      assert.equal(value('uncounted_requests'), 1);
      assert.equal(value('build_info', BUILD), 1);
      assert.ok((value('bridge_last_success_timestamp_seconds') ?? 0) > 1.7e9);
    }
    const [ofText = [], ofOpenMetrics = []] = samples.map((read) =>
      read.flatMap(({ labels, exemplar }) =>
        exemplar ? [[labels['status'], labels['le'], exemplar.labels['trace_id']]] : [],
      ),
    );
    assert.deepEqual(ofText, []);
    assert.deepEqual(ofOpenMetrics.slice(0, 2), [
      ['success', '0.05', newer],
      ['success', '2.5', older],
    ]);
  });

  it('takes one round trip', async () => {
    const { url } = await freshDatabase();
    const { sql } = connectAs('prior_auth_metrics', url);
    let queries = 0;
    sql.options.debug = () => {
      queries++;
    };
    await scraperOf({ sql, abandon: () => undefined, isAbandoned: () => false }).scrape();
    assert.equal(queries, 1);
  });

  it('is a problem, and never an empty 200, when the database is away', async () => {
    const { scrape, log } = scraperOf(
      connect({
        DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing',
        DATABASE_ROLE: undefined,
        DATABASE_CONNECT_TIMEOUT_MS: 500,
        DATABASE_LOCK_TIMEOUT_MS: 500,
        DATABASE_STATEMENT_TIMEOUT_MS: 500,
      }),
    );
    const { statusCode, type, headers, body } = await scrape();
    assert.deepEqual([statusCode, type, headers['retry-after']], [503, 'application/problem+json', '1']);
    assert.doesNotMatch(body, /prior_auth_/);
    assert.equal(log.lines.length, 1);
  });
});
