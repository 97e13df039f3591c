import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseKeyValues } from '../../../../layers/otel/settings/key-values.ts';

describe('key=value lists of the OpenTelemetry environment', () => {
  it('are trimmed, decoded, and may have = in a value', () => {
    assert.deepEqual(parseKeyValues(' a = 1 ,b=x%2Cy%3D,, Authorization=Basic dTpw== ,'), {
      a: '1',
      b: 'x,y=',
      Authorization: 'Basic dTpw==',
    });
  });

  it('come back as they were when encoded as the specification asks', () => {
    const pairs = fc.dictionary(fc.string({ minLength: 1 }), fc.string());
    fc.assert(
      fc.property(pairs, (record) => {
        const encoded = Object.entries(record).map((pair) => pair.map(encodeURIComponent).join('='));
        assert.deepEqual({ ...parseKeyValues(encoded.join(',')) }, { ...record });
      }),
    );
  });

  it('are refused as a whole, without their values, when one pair is broken', () => {
    for (const text of ['a=1,secret', '=secret', 'a=%secret']) {
      assert.throws(
        () => parseKeyValues(text),
        (error: Error) => error.message.startsWith('must be') && !error.message.includes('secret'),
      );
    }
  });
});
