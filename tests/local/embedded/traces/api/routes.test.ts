import assert from 'node:assert/strict';
import { test, type TestContext } from 'vitest';
import type { Tag } from '../../../../../local/embedded/traces/trace.ts';
import { NOON, read, readTraces, running, send, storedSpan, traceID } from '../fixtures.ts';

const SECOND = 1_000_000;

function tag(key: string, value: string | boolean | number): Tag {
  const type = { string: 'string', boolean: 'bool', number: 'int64' } as const;
  if (typeof value === 'string') return { key, type: type.string, value };
  return typeof value === 'boolean' ? { key, type: type.boolean, value } : { key, type: type.number, value };
}

/** Trace n starts at second n: 1 is fast, 2 slow, 3 failed, 4 of another service. */
async function fourTraces(t: TestContext) {
  const traces = await running(t);
  const common = (number: number) => ({ traceID: traceID(number), startTime: NOON + number * SECOND });
  const insert = 'INSERT';
  traces.store.add([
    storedSpan({ ...common(1), duration: 40_000, operationName: 'POST /submit', tags: [tag('span.kind', 'server')] }),
    storedSpan({ ...common(1), duration: 5_000, tags: [tag('span.kind', 'client'), tag('db.operation.name', insert)] }),
    storedSpan({
      ...common(2),
      duration: 2_050_000,
      operationName: 'POST /submit',
      tags: [tag('span.kind', 'server')],
    }),
    storedSpan({
      ...common(3),
      duration: 9_000,
      tags: [tag('error', true), tag('db.response.rows', 0), tag('span.kind', 'internal')],
      logs: [{ timestamp: NOON, fields: [tag('event', 'retry')] }],
      process: { serviceName: 'prior-auth-api', tags: [tag('faas.name', 'submit')] },
    }),
    storedSpan({ ...common(4), service: 'bridge', operationName: 'POST /submit' }),
  ]);
  const search = async (query: string) => {
    const { status, traces: found } = await readTraces(traces.apiPort, `/api/traces?${query}`);
    assert.equal(status, 200, query);
    return found.map((trace) => Number.parseInt(trace.traceID.slice(-4), 16));
  };
  return { ...traces, search };
}

const query = (parameters: Record<string, string>) =>
  new URLSearchParams({ service: 'prior-auth-api', ...parameters }).toString();

test('a search finds the traces of a service, latest first', async (t) => {
  const { search } = await fourTraces(t);
  assert.deepEqual(await search('service=prior-auth-api'), [3, 2, 1]);
  assert.deepEqual(await search('service=bridge'), [4]);
  assert.deepEqual(await search('service=nobody'), []);
  assert.deepEqual(await search('service=prior-auth-api&limit=2'), [3, 2]);
});

test('a search narrows by operation and by duration', async (t) => {
  const { search } = await fourTraces(t);
  assert.deepEqual(await search(query({ operation: 'POST /submit' })), [2, 1]);
  assert.deepEqual(await search(query({ minDuration: '40ms' })), [2, 1]);
  assert.deepEqual(await search(query({ minDuration: '40.001ms' })), [2]);
  assert.deepEqual(await search(query({ maxDuration: '9ms' })), [3, 1]);
  assert.deepEqual(await search(query({ minDuration: '6000us', maxDuration: '1s' })), [3, 1]);
  assert.deepEqual(await search(query({ minDuration: '2s', operation: 'database_insert' })), [], 'one span meets all');
});

test('a search narrows by tags of the span, its process or its logs', async (t) => {
  const { search } = await fourTraces(t);
  const tags = (wanted: Record<string, unknown>) => search(query({ tags: JSON.stringify(wanted) }));
  assert.deepEqual(await tags({ 'db.operation.name': 'INSERT' }), [1]);
  assert.deepEqual(await tags({ error: 'true' }), [3]);
  assert.deepEqual(await tags({ error: true }), [3]);
  assert.deepEqual(await tags({ error: 'false' }), [2, 1]);
  assert.deepEqual(await tags({ 'db.response.rows': '0' }), [3]);
  assert.deepEqual(await tags({ 'faas.name': 'submit' }), [3]);
  assert.deepEqual(await tags({ event: 'retry' }), [3]);
  assert.deepEqual(await tags({ 'faas.name': 'submit', event: 'other' }), []);
  assert.deepEqual(await tags({ 'span.kind': 'server', 'db.operation.name': 'INSERT' }), [], 'on one span');
  assert.deepEqual(await search(`${query({})}&tag=faas.name:submit&tag=event:retry`), [3]);
  assert.deepEqual(await search(`${query({})}&tag=faas.name:submit&tag=event:other`), []);
});

test('a search narrows by time: start and end in microseconds, or a lookback from the end', async (t) => {
  const { search } = await fourTraces(t);
  const at = (second: number) => String(NOON + second * SECOND);
  assert.deepEqual(await search(query({ start: at(2) })), [3, 2]);
  assert.deepEqual(await search(query({ end: at(2) })), [2, 1]);
  assert.deepEqual(await search(query({ start: at(2), end: at(2) })), [2]);
  assert.deepEqual(await search(query({ end: at(3), lookback: '1s' })), [3, 2]);
  assert.deepEqual(await search(query({ lookback: 'custom', start: at(3) })), [3]);
  assert.deepEqual(await search(query({ start: '', end: '', minDuration: '', lookback: '' })), [3, 2, 1]);
});

test('a lookback without an end counts from now', async (t) => {
  const traces = await running(t);
  const now = Date.now() * 1000;
  traces.store.add([
    storedSpan({ traceID: traceID(1), startTime: now - 3600 * SECOND }),
    storedSpan({ traceID: traceID(2), startTime: now - 60 * SECOND }),
  ]);
  const { traces: found } = await readTraces(traces.apiPort, `/api/traces?${query({ lookback: '10m' })}`);
  assert.deepEqual(
    found.map((trace) => trace.traceID),
    [traceID(2)],
  );
});

test('traces are read by several ids at once, and those that are not stored are named as errors', async (t) => {
  const { apiPort } = await fourTraces(t);
  const ids = [2, 9, 1].map((number) => `traceID=${traceID(number)}`).join('&');
  const { status, traces, errors } = await readTraces(apiPort, `/api/traces?${ids}`);
  assert.equal(status, 200);
  assert.deepEqual(
    traces.map((trace) => trace.traceID),
    [traceID(2), traceID(1)],
  );
  assert.deepEqual(errors, [{ msg: 'trace not found', traceID: traceID(9) }]);
});

test('one trace is read by its id, written long, short or in capitals', async (t) => {
  const { apiPort, store } = await running(t);
  store.add([storedSpan({ traceID: '000000000000000000f067aa0ba902b7' })]);
  for (const id of ['000000000000000000f067aa0ba902b7', '00f067aa0ba902b7', 'F067AA0BA902B7']) {
    const { status, traces, errors } = await readTraces(apiPort, `/api/traces/${id}`);
    assert.deepEqual([status, traces.length, errors], [200, 1, null], id);
    assert.equal(traces[0]?.traceID, '000000000000000000f067aa0ba902b7');
  }
});

test('the answer has every member of the shape that Jaeger writes', async (t) => {
  const { apiPort, store } = await running(t);
  const span = storedSpan({ tags: [tag('span.kind', 'client')] });
  store.add([span]);
  const { process, ...members } = span;
  const reply = await send(apiPort, `/api/traces/${traceID(1)}`);
  assert.equal(reply.headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(reply.body.toString()), {
    data: [
      {
        traceID: traceID(1),
        spans: [{ ...members, processID: 'p1', warnings: null }],
        processes: { p1: process },
        warnings: null,
      },
    ],
    total: 0,
    limit: 0,
    offset: 0,
    errors: null,
  });
});

test('an unknown trace is answered 404 and a text that is no id 400, in the shape of Jaeger', async (t) => {
  const { apiPort } = await running(t);
  const shape = { data: null, total: 0, limit: 0, offset: 0 };
  assert.deepEqual(await read(apiPort, `/api/traces/${traceID(1)}`), {
    status: 404,
    ...shape,
    errors: [{ code: 404, msg: 'trace not found' }],
  });
  assert.deepEqual(await read(apiPort, '/api/traces/M12345'), {
    status: 400,
    ...shape,
    errors: [{ code: 400, msg: "unable to parse param 'traceID': up to 32 hexadecimal digits are expected" }],
  });
});

test('a parameter that cannot be read is answered 400, by its name and without its value', async (t) => {
  const { apiPort } = await running(t);
  const service = 'service=prior-auth-api';
  const expected = {
    '': "parameter 'service' is required",
    'service=': "parameter 'service' is required",
    [`${service}&minDuration=M12345`]:
      "unable to parse param 'minDuration': a duration such as 100ms, 1.2s or 1500us is expected",
    [`${service}&maxDuration=5`]:
      "unable to parse param 'maxDuration': a duration such as 100ms, 1.2s or 1500us is expected",
    [`${service}&minDuration=2s&maxDuration=1s`]: "'maxDuration' should be greater than 'minDuration'",
    [`${service}&limit=0`]: "unable to parse param 'limit': a whole number above 0 is expected",
    [`${service}&limit=M12345`]: "unable to parse param 'limit': a whole number above 0 is expected",
    [`${service}&start=yesterday`]: "unable to parse param 'start': a whole number of microseconds is expected",
    [`${service}&end=-1`]: "unable to parse param 'end': a whole number of microseconds is expected",
    [`${service}&tags=M12345`]: "unable to parse param 'tags': a JSON object of strings is expected",
    [`${service}&tags=["a"]`]: "unable to parse param 'tags': a JSON object of strings is expected",
    [`${service}&tags={"a":{}}`]: "unable to parse param 'tags': a JSON object of strings is expected",
    [`${service}&tag=M12345`]: "unable to parse param 'tag': key:value is expected",
    'traceID=M12345': "unable to parse param 'traceID': up to 32 hexadecimal digits are expected",
  };
  for (const [parameters, msg] of Object.entries(expected)) {
    const { status, data, errors } = await read(apiPort, `/api/traces?${encodeURI(parameters)}`);
    assert.deepEqual([status, data, errors], [400, null, [{ code: 400, msg }]], parameters);
  }
  assert.equal((await read(apiPort, `/api/traces?${service}&lookback=M12345`)).status, 400);
});

test('services and their operations are listed once each, sorted', async (t) => {
  const { apiPort } = await fourTraces(t);
  const listed = async (path: string) => {
    const { status, data, total } = await read(apiPort, path);
    return [status, data, total];
  };
  assert.deepEqual(await listed('/api/services'), [200, ['bridge', 'prior-auth-api'], 2]);
  assert.deepEqual(await listed('/api/services/prior-auth-api/operations'), [
    200,
    ['POST /submit', 'database_insert'],
    2,
  ]);
  assert.deepEqual(await listed('/api/services/prior%2Dauth%2Dapi/operations'), [
    200,
    ['POST /submit', 'database_insert'],
    2,
  ]);
  assert.deepEqual(await listed('/api/services/nobody/operations'), [200, [], 0]);
  assert.deepEqual(await listed('/api/operations?service=prior-auth-api'), [
    200,
    [
      { name: 'POST /submit', spanKind: 'server' },
      { name: 'database_insert', spanKind: 'client' },
      { name: 'database_insert', spanKind: 'internal' },
    ],
    3,
  ]);
  assert.deepEqual(await listed('/api/operations?service=prior-auth-api&spanKind=client'), [
    200,
    [{ name: 'database_insert', spanKind: 'client' }],
    1,
  ]);
  assert.equal((await read(apiPort, '/api/operations')).status, 400);
});

test('an empty store lists no services', async (t) => {
  const { apiPort } = await running(t);
  assert.deepEqual((await read(apiPort, '/api/services')).data, []);
});

test('log lines are read by trace id, by request id and without a filter', async (t) => {
  const { apiPort, logs } = await running(t);
  const lines = [1, 2].map((number) => ({ trace_id: traceID(number), request_id: `PA-0000${number}`, number }));
  lines.forEach((line) => logs.add(JSON.stringify(line)));
  const found = async (parameters: string) => (await read(apiPort, `/api/logs${parameters}`)).data;
  assert.deepEqual(await found(`?traceID=${traceID(1)}`), [lines[0]]);
  assert.deepEqual(await found(`?traceID=${traceID(1).replace(/^0+/, '').toUpperCase()}`), [lines[0]]);
  assert.deepEqual(await found('?requestID=PA-00002'), [lines[1]]);
  assert.deepEqual(await found(`?traceID=${traceID(1)}&requestID=PA-00002`), []);
  assert.deepEqual(await found(''), [lines[1], lines[0]]);
  assert.deepEqual(await found('?limit=1'), [lines[1]]);
  assert.equal((await read(apiPort, '/api/logs?traceID=xyz')).status, 400);
  assert.equal((await read(apiPort, '/api/logs?limit=none')).status, 400);
});

test('the status counts traces, spans and log lines, stored and dropped', async (t) => {
  const { apiPort, store, logs } = await running(t, { maxSpans: 2, maxLogLines: 1 });
  store.add([1, 2, 3].map((number) => storedSpan({ traceID: traceID(number) })));
  logs.add('{}');
  logs.add('{}');
  assert.deepEqual((await read(apiPort, '/api/status')).data, {
    traces: {
      traces: 2,
      spans: 2,
      maxSpans: 2,
      receivedSpans: 3,
      duplicateSpans: 0,
      droppedTraces: 1,
      droppedSpans: 1,
    },
    logs: { lines: 1, maxLines: 1, receivedLines: 2, droppedLines: 1 },
  });
});
