import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { NotUtf8, toEventBody } from '../../../local/gateway/body.ts';

describe('a body of a type that is text', () => {
  const TYPES = [
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/problem+json',
    'application/xml',
    'application/soap+xml;charset=x',
    'application/javascript',
    'text/plain',
    'text/csv ; header=present',
  ];
  for (const type of TYPES) {
    test(`is in the event as it is: ${type}`, () => {
      for (const text of ['{"a":"ä"}', 'false', '0', 'null', '""', '"{\\"a\\":1}"', ' \n', '\uFEFF{}', '\u0000']) {
        assert.deepEqual(toEventBody(Buffer.from(text), { 'content-type': type }), {
          body: text,
          isBase64Encoded: false,
        });
      }
    });
  }

  test('is refused when its bytes are no UTF-8, and not mended', () => {
    for (const bytes of [[0xe4], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x7b, 0xff]]) {
      assert.throws(() => toEventBody(Buffer.from(bytes), { 'content-type': 'application/json' }), NotUtf8);
    }
  });
});

describe('any other body', () => {
  const HEADERS: Record<string, string>[] = [
    {},
    { 'content-type': '' },
    { 'content-type': 'application/octet-stream' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/jsonx' },
    { 'content-type': 'x application/json' },
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    { 'content-type': 'application/json', 'content-encoding': 'br' },
  ];
  for (const headers of HEADERS) {
    test(`is base64, byte for byte: ${JSON.stringify(headers)}`, () => {
      const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x7d]);
      assert.deepEqual(toEventBody(bytes, headers), { body: bytes.toString('base64'), isBase64Encoded: true });
    });
  }

  test('that is empty or absent is no body, and identity is no encoding', () => {
    const absent = { isBase64Encoded: false };
    assert.deepEqual(toEventBody(undefined, {}), absent);
    assert.deepEqual(toEventBody(Buffer.alloc(0), { 'content-type': 'application/json' }), absent);
    const identity = { 'content-type': 'application/json', 'content-encoding': 'Identity' };
    assert.deepEqual(toEventBody(Buffer.from('1'), identity), { body: '1', isBase64Encoded: false });
  });
});
