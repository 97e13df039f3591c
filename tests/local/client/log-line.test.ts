import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitForLine } from '../../../local/client/log-line.ts';
import { startTraces } from '../../../local/embedded/traces/start.ts';
import { statusLine, submitLine } from '../../fixtures/wide-line.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const FOLLOWED = { traceId: TRACE, sentAt: 0, before: { metrics: { status: 0 }, receivedSpans: 0, spoolSizes: [] } };

describe('the log line of a submit', () => {
  it('is read from the embedded trace store by trace id, as soon as it is there', async (test) => {
    const store = await startTraces({ host: '127.0.0.1', otlpPort: 0, apiPort: 0 });
    test.after(() => store.close());
    store.logs.add(JSON.stringify(statusLine({ trace_id: TRACE, trace_flags: '01' })));
    const refused = { http_status: 422, failed_fields: ['body'], failed_rules: ['json'], request_id: undefined };
    setTimeout(() => store.logs.add(JSON.stringify(submitLine({ trace_id: TRACE, ...refused }))), 500);
    const place = { api: '', traces: `http://127.0.0.1:${store.apiPort}`, folders: [] };
    const logged = await waitForLine(place, FOLLOWED, { line: 10_000, traces: 10_000 });
    assert.equal(logged?.line.http_status, 422);
    assert.deepEqual(logged.line.failed_fields, ['body']);
    assert.equal(logged.spooled, undefined);
  });

  it('is missing when nobody has it before the time is up', async (test) => {
    const store = await startTraces({ host: '127.0.0.1', otlpPort: 0, apiPort: 0 });
    test.after(() => store.close());
    const place = { api: '', traces: `http://127.0.0.1:${store.apiPort}`, folders: [] };
    assert.equal(await waitForLine(place, FOLLOWED, { line: 300, traces: 10_000 }), undefined);
  });
});
