import assert from 'node:assert/strict';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import fc from 'fast-check';
import { test } from 'vitest';
import { decodeRequest } from '../../../../../local/embedded/traces/otlp/protobuf.ts';
import { readSpans } from '../../../../../local/embedded/traces/otlp/spans.ts';
import { readFields, writeField } from '../../../../../local/embedded/traces/otlp/wire.ts';
import { failedSubmit } from '../fixtures.ts';

/** Above it the two serializers of the SDK disagree whether a number is an integer. */
const sayable = (number: number) => !Number.isInteger(number) || Number.isSafeInteger(number);

const attributeValue = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter(sayable),
  fc.array(fc.string()),
  fc.array(fc.maxSafeInteger()),
);

test('any attributes read from protobuf as they read from JSON', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), attributeValue), (attributes) => {
      const spans = failedSubmit(attributes);
      const protobuf = ProtobufTraceSerializer.serializeRequest(spans);
      const json = JsonTraceSerializer.serializeRequest(spans);
      assert.ok(protobuf && json);
      const fromJson = readSpans(JSON.parse(Buffer.from(json).toString()));
      assert.deepEqual(readSpans(decodeRequest(Buffer.from(protobuf))), fromJson);
      assert.equal(fromJson.spans.length, 2);
    }),
    { numRuns: 200 },
  );
});

test('any bytes are decoded or refused as no message, in bounded time', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        decodeRequest(Buffer.from(bytes));
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});

/** A length-delimited field; every length here is below 128. */
function field(number: number, ...content: readonly (number | Buffer)[]): Buffer {
  const bytes = Buffer.concat(content.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

test('bytes, maps, 64-bit integers and unknown fields are read by their numbers in the OTLP definition', () => {
  const key = field(1, Buffer.from('k'));
  const attribute = (value: Buffer) => field(9, key, field(2, value));
  const span = Buffer.concat([
    field(1, Buffer.alloc(16, 1)),
    field(2, Buffer.alloc(8, 2)),
    attribute(field(7, 1, 2)),
    attribute(field(6, field(1, key, field(2, field(5, field(1, Buffer.from([0x10, 1]))))))),
    attribute(Buffer.from('18ffffffffffffffff7f', 'hex')), // int_value 2^63 - 1
    attribute(Buffer.from('1880808080808080808001', 'hex')), // int_value -2^63
    attribute(Buffer.from('21000000000000f87f', 'hex')), // double_value NaN
    Buffer.from('850100000000', 'hex'), // flags, a fixed32 that is not kept
    Buffer.from([0x50, 3]), // dropped_attributes_count
  ]);
  const { spans, rejected } = readSpans(decodeRequest(field(1, field(2, field(2, span)))));
  assert.equal(rejected, 0);
  assert.deepEqual(
    spans[0]?.tags.map(({ type, value }) => [type, value]),
    [
      ['binary', 'AQI='],
      ['string', '{"k":[true]}'],
      ['int64', '9223372036854775807'],
      ['int64', '-9223372036854775808'],
      ['float64', 'NaN'],
    ],
  );
});

test('a field that is written is read back', () => {
  const value = fc.oneof(fc.nat(), fc.string());
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 20 }), value, (number, written) => {
      const [read, ...others] = [...readFields(writeField(number, written))];
      assert.deepEqual(others, []);
      const expected = typeof written === 'number' ? BigInt(written) : Buffer.from(written);
      assert.deepEqual(read, [number, expected]);
    }),
  );
});
