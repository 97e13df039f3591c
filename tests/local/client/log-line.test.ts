import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTraces } from '../../../local/embedded/traces/start.ts';
import { listen } from '../../../local/embedded/traces/listen.ts';
import { readLogLine } from '../../../local/demo/why/log-line.ts';
import { submitLine } from '../../fixtures/wide-line.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('the log line of a refused request', () => {
  it('is read from the embedded trace store by trace id, as soon as it is there', async (test) => {
    const store = await startTraces({ host: '127.0.0.1', otlpPort: 0, apiPort: 0 });
    test.after(() => store.close());
    store.logs.add(JSON.stringify(submitLine({ trace_id: TRACE, failed_fields: undefined })));
    setTimeout(() => {
      const refusal = { http_status: 422, failed_fields: ['body'], failed_rules: ['json'], request_id: undefined };
      store.logs.add(JSON.stringify(submitLine({ trace_id: TRACE, ...refusal })));
    }, 500);
    const line = await readLogLine({ api: '', traces: `http://127.0.0.1:${store.apiPort}` }, TRACE);
    assert.ok(line !== undefined && line !== 'not served');
    assert.equal(line.http_status, 422);
    assert.deepEqual(line.failed_fields, ['body']);
  });

  it('is missing when the embedded trace store does not have it within three seconds', async (test) => {
    const store = await startTraces({ host: '127.0.0.1', otlpPort: 0, apiPort: 0 });
    test.after(() => store.close());
    assert.equal(await readLogLine({ api: '', traces: `http://127.0.0.1:${store.apiPort}` }, TRACE), undefined);
  });

  it('is not served by a trace backend that answers with its page, or with a 404, where the status is', async (test) => {
    for (const [status, body] of [
      [200, '<!doctype html>'],
      [404, '404 page not found'],
      [200, '{"data":[]}'],
    ] as const) {
      const jaeger = await listen((_, response) => response.writeHead(status).end(body), {
        host: '127.0.0.1',
        port: 0,
        part: 'a Jaeger',
        setting: 'none',
      });
      test.after(() => jaeger.close());
      assert.equal(await readLogLine({ api: '', traces: `http://127.0.0.1:${jaeger.port}` }, TRACE), 'not served');
    }
  });
});
