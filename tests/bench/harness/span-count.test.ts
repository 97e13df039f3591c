import assert from 'node:assert/strict';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { test } from 'vitest';
import { countSpans, countSpansOfXrayDaemon } from '../../../bench/harness/span-count.ts';

/** Of two instrumentation scopes, with attributes of every type. */
function spans(count: number) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const attributes = { text: 'x'.repeat(300), number: 1.5, whole: 70_000, flag: true, list: ['a', 'b'] };
  for (let n = 0; n < count; n++) {
    const span = provider.getTracer(n % 2 === 0 ? 'one' : 'two').startSpan('span', { attributes });
    span.addEvent('event').end();
  }
  return exporter.getFinishedSpans();
}

for (const count of [0, 1, 7]) {
  test(`${count} spans are counted in JSON, in protobuf and in what the X-Ray daemon gets`, () => {
    const json = JsonTraceSerializer.serializeRequest(spans(count)) ?? new Uint8Array();
    const protobuf = ProtobufTraceSerializer.serializeRequest(spans(count)) ?? new Uint8Array();
    const base64 = Buffer.from(protobuf).toString('base64');
    const datagram = (prefix: string) => Buffer.from(`{"format":"json","version":1}\n${prefix}${base64}`);
    assert.equal(countSpans('application/json', json), count);
    assert.equal(countSpans('application/x-protobuf', protobuf), count);
    assert.equal(countSpansOfXrayDaemon(datagram('T1S')), count);
    assert.equal(countSpansOfXrayDaemon(datagram('T1U')), 0);
  });
}

test('a segment of X-Ray’s own, and a message that is cut off, have no spans', () => {
  assert.equal(countSpansOfXrayDaemon(Buffer.from('{"format":"json","version":1}\n{"name":"segment"}')), 0);
  assert.equal(countSpans('application/x-protobuf', Uint8Array.of(0x0a, 0xff)), 0);
});
