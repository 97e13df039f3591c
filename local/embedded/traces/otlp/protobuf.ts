import { readFields, type WireValue } from './wire.ts';

/**
 * The messages of opentelemetry/proto/{collector/trace,trace,resource,common}/v1 by field number, each field with its
 * name in OTLP/JSON and how to read it. Fields that the trace store does not keep are left out and skipped.
 */

type Read = (value: WireValue) => unknown;
type Field = readonly [name: string, read: Read, repeated?: 'repeated'];
type Message = Readonly<Record<number, Field>>;

const anyValue: Message = {
  1: ['stringValue', text],
  2: ['boolValue', (value) => varint(value) !== 0n],
  3: ['intValue', int64],
  4: ['doubleValue', double],
  5: ['arrayValue', message(() => ({ 1: ['values', message(() => anyValue), 'repeated'] }))],
  6: ['kvlistValue', message(() => ({ 1: ['values', message(() => keyValue), 'repeated'] }))],
  7: ['bytesValue', bytesIn('base64')],
};

const keyValue: Message = { 1: ['key', text], 2: ['value', message(() => anyValue)] };

const attributes: Field = ['attributes', message(() => keyValue), 'repeated'];

const event: Message = { 1: ['timeUnixNano', fixed64], 2: ['name', text], 3: attributes };

const link: Message = { 1: ['traceId', bytesIn('hex')], 2: ['spanId', bytesIn('hex')] };

const status: Message = { 2: ['message', text], 3: ['code', enumeration] };

const span: Message = {
  1: ['traceId', bytesIn('hex')],
  2: ['spanId', bytesIn('hex')],
  3: ['traceState', text],
  4: ['parentSpanId', bytesIn('hex')],
  5: ['name', text],
  6: ['kind', enumeration],
  7: ['startTimeUnixNano', fixed64],
  8: ['endTimeUnixNano', fixed64],
  9: attributes,
  11: ['events', message(() => event), 'repeated'],
  13: ['links', message(() => link), 'repeated'],
  15: ['status', message(() => status)],
};

const scopeSpans: Message = {
  1: ['scope', message(() => ({ 1: ['name', text], 2: ['version', text] }))],
  2: ['spans', message(() => span), 'repeated'],
};

const resourceSpans: Message = {
  1: ['resource', message(() => ({ 1: attributes }))],
  2: ['scopeSpans', message(() => scopeSpans), 'repeated'],
};

const exportTraceServiceRequest: Message = { 1: ['resourceSpans', message(() => resourceSpans), 'repeated'] };

/**
 * An `ExportTraceServiceRequest` in its protobuf encoding, as the same request in OTLP/JSON would read.
 * @throws RangeError when the bytes are no such message.
 */
export function decodeRequest(bytes: Buffer): unknown {
  return decode(bytes, exportTraceServiceRequest);
}

function decode(bytes: Buffer, fields: Message): unknown {
  const decoded: Record<string, unknown> = {};
  const lists: Record<string, unknown[]> = {};
  for (const [number, value] of readFields(bytes)) {
    const field = fields[number];
    if (field === undefined) continue;
    const [name, read, repeated] = field;
    if (repeated) (lists[name] ??= []).push(read(value));
    else decoded[name] = read(value);
  }
  return { ...decoded, ...lists };
}

function message(fields: () => Message): Read {
  return (value) => decode(delimited(value), fields());
}

function text(value: WireValue): string {
  return delimited(value).toString('utf8');
}

function bytesIn(encoding: 'hex' | 'base64'): Read {
  return (value) => delimited(value).toString(encoding);
}

function fixed64(value: WireValue): string {
  return delimited(value).readBigUInt64LE().toString();
}

/** JSON has no infinity and no NaN: OTLP/JSON writes their names. */
function double(value: WireValue): number | string {
  const number = delimited(value).readDoubleLE();
  return Number.isFinite(number) ? number : String(number);
}

function int64(value: WireValue): string {
  return BigInt.asIntN(64, varint(value)).toString();
}

function enumeration(value: WireValue): number {
  return Number(varint(value));
}

function delimited(value: WireValue): Buffer {
  if (typeof value === 'bigint') throw new RangeError('a protobuf field has another wire type than its message says');
  return value;
}

function varint(value: WireValue): bigint {
  if (typeof value !== 'bigint') throw new RangeError('a protobuf field has another wire type than its message says');
  return value;
}
