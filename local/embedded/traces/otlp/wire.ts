/** The protobuf wire format (protobuf.dev/programming-guides/encoding), as far as OTLP needs it. */

/** A varint is a bigint; a fixed-width or length-delimited value is its bytes. */
export type WireValue = bigint | Buffer;

/**
 * The fields of one message, in the order in which they were written.
 * @throws RangeError when the bytes end early or are no message.
 */
export function* readFields(bytes: Buffer): Generator<[number: number, value: WireValue]> {
  let offset = 0;

  const take = (length: number): Buffer => {
    if (length > bytes.length - offset) throw new RangeError('a protobuf message ends early');
    offset += length;
    return bytes.subarray(offset - length, offset);
  };

  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes.readUInt8(offset);
      offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError('a protobuf varint is longer than ten bytes');
  };

  const readValue = (wireType: number): WireValue => {
    if (wireType === 0) return varint();
    if (wireType === 1) return take(8);
    if (wireType === 2) return take(Number(varint()));
    if (wireType === 5) return take(4);
    throw new RangeError('an unknown protobuf wire type');
  };

  while (offset < bytes.length) {
    const tag = Number(varint());
    yield [Math.floor(tag / 8), readValue(tag % 8)];
  }
}

/** A field of wire type 0 (a number) or 2 (text, or a message already written). */
export function writeField(number: number, value: number | string | Buffer): Buffer {
  if (typeof value === 'number') return Buffer.from([...varintBytes(number * 8), ...varintBytes(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([...varintBytes(number * 8 + 2), ...varintBytes(bytes.length)]), bytes]);
}

function varintBytes(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varintBytes(Math.floor(value / 0x80))];
}
