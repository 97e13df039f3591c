import assert from 'node:assert/strict';
import { request as openRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { test, type TestContext } from 'vitest';
import { failedSubmit, NOON, read, readTraces, running, send, traceID } from '../fixtures.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';

function serialized(serializer: { serializeRequest(spans: ReturnType<typeof failedSubmit>): Uint8Array | undefined }) {
  const bytes = serializer.serializeRequest(failedSubmit());
  assert.ok(bytes);
  return bytes;
}

async function post(port: number, type: string, body: Uint8Array | string, headers: Record<string, string> = {}) {
  const reply = await send(port, '/v1/traces', {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: Buffer.from(body),
  });
  return { ...reply, text: reply.body.toString() };
}

/** Ids differ from run to run; everything else of a trace must not. */
async function onlyTrace(t: TestContext, type: string, body: Uint8Array) {
  const { otlpPort, apiPort } = await running(t);
  const reply = await post(otlpPort, type, body);
  assert.equal(reply.status, 200);
  const { traces } = await readTraces(apiPort, '/api/traces?service=prior-auth-api');
  assert.equal(traces.length, 1);
  return traces[0]!;
}

test('the same spans in JSON and in protobuf become the same trace', async (t) => {
  const spans = failedSubmit();
  const json = JsonTraceSerializer.serializeRequest(spans);
  const protobuf = ProtobufTraceSerializer.serializeRequest(spans);
  assert.ok(json && protobuf);
  assert.deepEqual(await onlyTrace(t, PROTOBUF_TYPE, protobuf), await onlyTrace(t, JSON_TYPE, json));
});

test('spans of the SDK become the trace that Jaeger would show', async (t) => {
  const trace = await onlyTrace(t, PROTOBUF_TYPE, serialized(ProtobufTraceSerializer));
  const [root, child] = trace.spans;
  assert.ok(root && child);
  assert.match(trace.traceID, /^[0-9a-f]{32}$/);
  assert.deepEqual(
    { ...root, spanID: '' },
    {
      spanID: '',
      operationName: 'POST /prior-auth/submit',
      references: [],
      startTime: NOON,
      duration: 42_000,
      tags: [
        { key: 'otel.scope.name', type: 'string', value: 'prior-auth' },
        { key: 'otel.scope.version', type: 'string', value: '0.1.0' },
        { key: 'span.kind', type: 'string', value: 'server' },
      ],
      logs: [],
      processID: 'p1',
    },
  );
  assert.deepEqual(
    { ...child, spanID: '' },
    {
      spanID: '',
      operationName: 'database_insert',
      references: [
        { refType: 'CHILD_OF', traceID: trace.traceID, spanID: root.spanID },
        { refType: 'FOLLOWS_FROM', traceID: traceID(9), spanID: '00000000000000ab' },
      ],
      startTime: NOON + 4_000,
      duration: 5_000,
      tags: [
        { key: 'otel.scope.name', type: 'string', value: 'prior-auth' },
        { key: 'otel.scope.version', type: 'string', value: '0.1.0' },
        { key: 'db.system.name', type: 'string', value: 'postgresql' },
        { key: 'delay_ms', type: 'int64', value: 2000 },
        { key: 'share.of_total', type: 'float64', value: 0.97 },
        { key: 'faas.coldstart', type: 'bool', value: true },
        { key: 'retry.delays', type: 'string', value: '[1,2.5]' },
        { key: 'db.response.rows', type: 'int64', value: -3 },
        { key: 'text.unicode', type: 'string', value: 'né à Zürich' },
        { key: 'span.kind', type: 'string', value: 'client' },
        { key: 'otel.status_code', type: 'string', value: 'ERROR' },
        { key: 'error', type: 'bool', value: true },
        { key: 'otel.status_description', type: 'string', value: 'unavailable' },
      ],
      logs: [
        {
          timestamp: NOON + 6_000,
          fields: [
            { key: 'event', type: 'string', value: 'retry' },
            { key: 'attempt', type: 'int64', value: 1 },
          ],
        },
      ],
      processID: 'p1',
    },
  );
  assert.deepEqual(Object.keys(trace.processes), ['p1']);
  assert.equal(trace.processes['p1']?.serviceName, 'prior-auth-api');
  assert.ok(!trace.processes['p1'].tags.some(({ key }) => key === 'service.name'));
  assert.deepEqual(
    trace.processes['p1'].tags.find(({ key }) => key === 'faas.max_memory'),
    { key: 'faas.max_memory', type: 'int64', value: 536_870_912 },
  );
});

test('a full success is answered with an empty response in the encoding of the request', async (t) => {
  const { otlpPort } = await running(t);
  const json = await post(otlpPort, 'application/json; charset=utf-8', serialized(JsonTraceSerializer));
  assert.deepEqual([json.status, json.headers['content-type'], json.text], [200, JSON_TYPE, '{}']);
  const protobuf = await post(otlpPort, PROTOBUF_TYPE, serialized(ProtobufTraceSerializer));
  assert.deepEqual([protobuf.status, protobuf.headers['content-type'], protobuf.text], [200, PROTOBUF_TYPE, '']);
  assert.deepEqual(ProtobufTraceSerializer.deserializeResponse(protobuf.body), {});
  assert.equal((await post(otlpPort, JSON_TYPE, '{}')).status, 200, 'an empty request is no error');
  assert.equal((await post(otlpPort, PROTOBUF_TYPE, '')).status, 200, 'an empty request is no error');
});

test('a span without valid ids is rejected alone, and the answer counts it', async (t) => {
  const { otlpPort, store } = await running(t);
  const spans = [
    { traceId: traceID(1), spanId: '00000000000000aa', name: 'good' },
    { traceId: '0'.repeat(32), spanId: '00000000000000bb', name: 'no trace' },
    { traceId: traceID(1), spanId: 'xyz', name: 'no span' },
    'no object',
  ];
  const request = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const reply = await post(otlpPort, JSON_TYPE, request);
  assert.equal(reply.status, 200);
  assert.match(reply.text, /^\{"partialSuccess":\{"rejectedSpans":"3","errorMessage":"[^"]+"\}\}$/);
  assert.deepEqual(
    store.trace(traceID(1))?.spans.map((span) => span.operationName),
    ['good'],
  );
});

test('in protobuf too the answer counts the rejected spans', async (t) => {
  const { otlpPort, store } = await running(t);
  const request = Buffer.from(serialized(ProtobufTraceSerializer));
  const root = failedSubmit().at(-1);
  assert.ok(root);
  const bytes = ProtobufTraceSerializer.serializeRequest([root]);
  assert.ok(bytes);
  const id = Buffer.from(root.spanContext().traceId, 'hex');
  const broken = Buffer.from(bytes);
  broken.fill(0, broken.indexOf(id), broken.indexOf(id) + id.length);
  const reply = await post(otlpPort, PROTOBUF_TYPE, Buffer.concat([request, broken]));
  assert.equal(reply.status, 200);
  const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(reply.body);
  assert.equal(Number(partialSuccess?.rejectedSpans), 1);
  assert.match(partialSuccess?.errorMessage ?? '', /not stored/);
  assert.equal(store.status().spans, 2);
});

test('JSON is read as proto3 allows it: null and unknown members, numbers or strings, upper-case hex', async (t) => {
  const { otlpPort, store } = await running(t);
  const span = {
    traceId: traceID(0xabcdef).toUpperCase(),
    spanId: '00000000000000AA',
    parentSpanId: '',
    name: null,
    kind: null,
    startTimeUnixNano: NOON * 1000,
    endTimeUnixNano: String(NOON * 1000 + 7_000),
    attributes: [
      { key: 'small', value: { intValue: 5 } },
      { key: 'large', value: { intValue: '9223372036854775807' } },
      { key: 'infinite', value: { doubleValue: 'Infinity' } },
      { key: 'empty', value: {} },
      { key: 'absent' },
      { key: 'bytes', value: { bytesValue: 'AQI=' } },
      { key: 'map', value: { kvlistValue: { values: [{ key: 'a', value: { arrayValue: {} } }] } } },
    ],
    events: null,
    status: {},
    somethingNew: { x: 1 },
  };
  const request = { resourceSpans: [{ resource: null, scopeSpans: [{ scope: null, spans: [span], extra: 1 }] }] };
  assert.equal((await post(otlpPort, JSON_TYPE, JSON.stringify(request))).text, '{}');
  const stored = store.trace(traceID(0xabcdef))?.spans[0];
  assert.deepEqual(stored, {
    traceID: traceID(0xabcdef),
    spanID: '00000000000000aa',
    operationName: '',
    references: [],
    startTime: NOON,
    duration: 7,
    tags: [
      { key: 'small', type: 'int64', value: 5 },
      { key: 'large', type: 'int64', value: '9223372036854775807' },
      { key: 'infinite', type: 'float64', value: 'Infinity' },
      { key: 'empty', type: 'string', value: '' },
      { key: 'absent', type: 'string', value: '' },
      { key: 'bytes', type: 'binary', value: 'AQI=' },
      { key: 'map', type: 'string', value: '{"a":[]}' },
    ],
    logs: [],
    process: { serviceName: 'missing-service-name', tags: [] },
  });
});

test('a span that ends before it starts has no duration', async (t) => {
  const { otlpPort, store } = await running(t);
  const span = { traceId: traceID(1), spanId: '00000000000000aa', startTimeUnixNano: 5_000, endTimeUnixNano: 1 };
  await post(otlpPort, JSON_TYPE, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
  assert.equal(store.trace(traceID(1))?.spans[0]?.duration, 0);
});

test('a gzipped body is read in both encodings', async (t) => {
  const { otlpPort, store } = await running(t);
  const gzip = { 'content-encoding': 'gzip' };
  assert.equal((await post(otlpPort, JSON_TYPE, gzipSync(serialized(JsonTraceSerializer)), gzip)).status, 200);
  assert.equal((await post(otlpPort, PROTOBUF_TYPE, gzipSync(serialized(ProtobufTraceSerializer)), gzip)).status, 200);
  assert.equal(store.status().spans, 4);
});

test('a gzip bomb is refused with 413 before it is held in memory', async (t) => {
  const { otlpPort, store } = await running(t, { maxBodyBytes: 1_000_000 });
  const bomb = gzipSync(Buffer.alloc(100_000_000));
  assert.ok(bomb.length < 250_000);
  const before = process.memoryUsage().rss;
  const reply = await post(otlpPort, PROTOBUF_TYPE, bomb, { 'content-encoding': 'gzip' });
  assert.equal(reply.status, 413);
  assert.ok(process.memoryUsage().rss - before < 50_000_000, 'the bomb was inflated');
  assert.equal(store.status().spans, 0);
});

test('a body above the bound is refused with 413, announced or chunked, and one at the bound is not', async (t) => {
  const { otlpPort } = await running(t, { maxBodyBytes: 1_000 });
  const chunked = { 'transfer-encoding': 'chunked' };
  const atBound = '{}'.padEnd(1_000);
  assert.equal((await post(otlpPort, JSON_TYPE, atBound)).status, 200);
  assert.equal((await post(otlpPort, JSON_TYPE, atBound, chunked)).status, 200);
  const announced = await post(otlpPort, JSON_TYPE, `${atBound} `);
  assert.equal(announced.status, 413);
  assert.equal(announced.text, '{"code":8,"message":"the body is larger than 1000 bytes"}');
  assert.equal((await post(otlpPort, JSON_TYPE, `${atBound} `, chunked)).status, 413);
  assert.equal((await post(otlpPort, JSON_TYPE, ' '.repeat(20_000_000))).status, 413, 'a body still on its way');
});

test('a body above the bound is refused before it has ended', { timeout: 60_000 }, async (t) => {
  const { otlpPort } = await running(t, { maxBodyBytes: 1_000 });
  const headers = { 'content-type': JSON_TYPE };
  const endless = openRequest({ host: '127.0.0.1', port: otlpPort, path: '/v1/traces', method: 'POST', headers });
  endless.on('error', () => undefined);
  t.onTestFinished(() => void endless.destroy());
  const answered = new Promise<number | undefined>((resolve) => endless.on('response', (r) => resolve(r.statusCode)));
  endless.write(' '.repeat(2_000));
  assert.equal(await answered, 413);
});

test('what is no OTLP request is refused with 400 and a status in the encoding of the request', async (t) => {
  const { otlpPort, store } = await running(t);
  const message = 'the body is not an OTLP trace export request';
  for (const body of ['', 'secret', '[]', '1', '{"resourceSpans":1}', '{"resourceSpans":[{"scopeSpans":[1]}]}', '{']) {
    const reply = await post(otlpPort, JSON_TYPE, body);
    assert.deepEqual([reply.status, reply.text], [400, JSON.stringify({ code: 3, message })], body);
  }
  const valid = Buffer.from(serialized(ProtobufTraceSerializer));
  const broken = [
    Buffer.from('secret'),
    valid.subarray(0, -3),
    Buffer.from([0x0a, 0xff]),
    Buffer.from([0x08, 1]),
    Buffer.from(`90${'80'.repeat(10)}0001`, 'hex'), // a varint of twelve bytes
  ];
  for (const body of broken) {
    const reply = await post(otlpPort, PROTOBUF_TYPE, body);
    assert.deepEqual([reply.status, reply.headers['content-type']], [400, PROTOBUF_TYPE], body.toString('hex'));
    assert.deepEqual(reply.body, Buffer.concat([Buffer.from([0x08, 3, 0x12, message.length]), Buffer.from(message)]));
  }
  assert.equal((await post(otlpPort, JSON_TYPE, 'not gzip', { 'content-encoding': 'gzip' })).status, 400);
  const nested = `${'{"arrayValue":{"values":['.repeat(20_000)}${']}}'.repeat(20_000)}`;
  const attributes = `[{"key":"deep","value":${nested}}]`;
  const deep = `{"resourceSpans":[{"resource":{"attributes":${attributes}}}]}`;
  assert.equal((await post(otlpPort, JSON_TYPE, deep)).status, 400, 'a value nested without end');
  assert.equal(store.status().spans, 0);
});

test('other content types, content encodings, methods and paths are refused', async (t) => {
  const { otlpPort } = await running(t);
  const body = Buffer.from('{}');
  const refused = async (path: string, method: string, headers: Record<string, string>) => {
    const reply = await send(otlpPort, path, { method, headers, body });
    return [reply.status, reply.headers['allow'] ?? null, reply.body.toString()];
  };
  const json = { 'content-type': JSON_TYPE };
  assert.deepEqual(await refused('/v1/traces', 'POST', { 'content-type': 'text/plain' }), [
    415,
    null,
    '{"code":3,"message":"content-type must be application/json or application/x-protobuf"}',
  ]);
  assert.equal((await refused('/v1/traces', 'POST', {}))[0], 415);
  assert.equal((await refused('/v1/traces', 'POST', { ...json, 'content-encoding': 'br' }))[0], 415);
  assert.deepEqual(await refused('/v1/traces', 'PUT', json), [
    405,
    'POST',
    '{"code":12,"message":"traces are sent with POST"}',
  ]);
  assert.deepEqual(await refused('/v1/secret-metrics', 'POST', json), [
    404,
    null,
    '{"code":5,"message":"only /v1/traces is served here"}',
  ]);
});

test('an export that is sent again does not double its spans', async (t) => {
  const { otlpPort, apiPort } = await running(t);
  const body = serialized(JsonTraceSerializer);
  await post(otlpPort, JSON_TYPE, body);
  await post(otlpPort, JSON_TYPE, body);
  const { traces } = await readTraces(apiPort, '/api/traces?service=prior-auth-api');
  assert.deepEqual(
    traces.map((trace) => trace.spans.length),
    [2],
  );
  const { data } = await read(apiPort, '/api/status');
  assert.partialDeepStrictEqual(data, { traces: { spans: 2, receivedSpans: 2, duplicateSpans: 2, droppedSpans: 0 } });
});
