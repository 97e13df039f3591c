import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MAX_BODY_BYTES, readDocument } from '../../../functions/prior-auth/document.ts';
import { InvalidSubmission } from '../../../functions/prior-auth/schema.ts';
import { httpRequest } from '../../fixtures/http-request.ts';

function read(body: string | Buffer, contentType?: string, more: Record<string, string> = {}): unknown {
  const headers = { ...(contentType === undefined ? {} : { 'content-type': contentType }), ...more };
  return readDocument(httpRequest({ headers, body: Buffer.from(body) }));
}

/** What a body is refused as: the status and `field:rule`. */
function refusal(body: string | Buffer, contentType?: string): string {
  try {
    read(body, contentType);
    return 'read';
  } catch (error) {
    assert.ok(error instanceof InvalidSubmission);
    return [error.status, ...error.faults.map(({ field, rule }) => `${field}:${rule}`)].join(' ');
  }
}

const JSON_TYPE = 'application/json';
const ofBytes = (bytes: number) => `"${'é'.repeat((bytes - 2) / 2)}"`;

describe('a body', () => {
  const READ: [string, string, string, unknown][] = [
    ['JSON', '{"a":[1,"é"]}', JSON_TYPE, { a: [1, 'é'] }],
    ['JSON with a charset and in capitals', '7', 'Application/JSON ; charset=utf-8', 7],
    ['JSON of a type built on it', 'null', 'application/vnd.example.v1+json', null],
    ['JSON after a byte order mark', '\ufeff{}', JSON_TYPE, {}],
    ['64 KB of JSON', ofBytes(MAX_BODY_BYTES), JSON_TYPE, ofBytes(MAX_BODY_BYTES).slice(1, -1)],
  ];
  for (const [what, body, type, document] of READ) {
    test(`of ${what} is read`, () => assert.deepEqual(read(body, type), document));
  }

  const REFUSED: [string, string | Buffer, string | undefined, string][] = [
    ['of no media type', '{}', undefined, '415 body:media_type'],
    ['of another media type', '{}', 'text/json', '415 body:media_type'],
    ['of a media type that only begins like JSON', '{}', 'application/jsonp', '415 body:media_type'],
    ['of a media type that only ends like JSON', '{}', 'application/notjson', '415 body:media_type'],
    ['of a form', 'a=1', 'application/x-www-form-urlencoded', '415 body:media_type'],
    ['over 64 KB, counted in bytes', ofBytes(MAX_BODY_BYTES + 2), JSON_TYPE, '413 body:size'],
    ['without content', '', JSON_TYPE, '400 body:json'],
    ['that is cut off', '{"member_id":"M1', JSON_TYPE, '400 body:json'],
    ['that is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), JSON_TYPE, '400 body:json'],
  ];
  for (const [what, body, type, expected] of REFUSED) {
    test(`${what} is refused: ${expected}`, () => assert.equal(refusal(body, type), expected));
  }

  const TWICE: [string, string][] = [
    ['of a document', '{"a":1,"b":2,"a":1}'],
    ['next to each other', '{"a":1,"a":2}'],
    ['of an object in it', '{"b":{"a":1,"a":2}}'],
    ['of an object in a list', '[1,{"b":[{}],"a":1,"a":2}]'],
    ['behind an object', '{"a":{"b":[{"c":1}]},"a":2}'],
    ['once with an escape', '{"a":1,"\\u0061":2}'],
    ['of JavaScript’s own', '{"__proto__":1,"__proto__":2}'],
    ['that is empty', '{"":1,"":2}'],
    ['with quotes and backslashes in it', '{"\\"\\\\":1,"\\"\\\\":2}'],
  ];
  for (const [what, body] of TWICE) {
    test(`with a member twice, ${what}, is refused`, () => {
      assert.equal(refusal(body, JSON_TYPE), '422 body:unique_members');
      assert.doesNotThrow(() => JSON.parse(body));
    });
  }

  test('with a name twice in two objects, or in a text, is read', () => {
    const ONCE =
      '[{"a":"a"},{"a":{"a":["a","a",{"a":1}]},"b":"{\\"a\\":1,\\"a\\":2}","c":"\\\\","d":"\\\\\\",\\"a"},"a","a"]';
    assert.deepEqual(read(ONCE, JSON_TYPE), JSON.parse(ONCE));
  });

  test('as deep as 64 KB allow is read or refused without end of the stack', () => {
    const depth = MAX_BODY_BYTES / 2;
    assert.equal(refusal('['.repeat(depth) + ']'.repeat(depth), JSON_TYPE), 'read');
    assert.equal(refusal('['.repeat(MAX_BODY_BYTES), JSON_TYPE), '400 body:json');
    const objects = Math.floor(depth / 4) - 1;
    assert.equal(
      refusal('{"a":'.repeat(objects) + '{"b":1,"b":1}' + '}'.repeat(objects), JSON_TYPE),
      '422 body:unique_members',
    );
  });

  test('whose members stand in it once by a parser that keeps all of them is read, any other refused', () => {
    const name = fc.constantFrom('a', 'b', '"', '\\', '', '__proto__');
    const { tree } = fc.letrec<{ tree: { json: string; isUnique: boolean } }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc
          .oneof(fc.string(), fc.double({ noNaN: true }), fc.constant(null))
          .map((value) => ({ json: JSON.stringify(value), isUnique: true })),
        fc.array(tie('tree'), { maxLength: 3 }).map((items) => ({
          json: `[${items.map(({ json }) => json).join(' , ')}]`,
          isUnique: items.every(({ isUnique }) => isUnique),
        })),
        fc.array(fc.tuple(name, tie('tree')), { maxLength: 3 }).map((members) => ({
          json: `{ ${members.map(([key, { json }]) => `${JSON.stringify(key)} : ${json}`).join(',')}}`,
          isUnique:
            new Set(members.map(([key]) => key)).size === members.length &&
            members.every(([, { isUnique }]) => isUnique),
        })),
      ),
    }));
    fc.assert(
      fc.property(tree, ({ json, isUnique }) => {
        assert.equal(refusal(json, JSON_TYPE), isUnique ? 'read' : '422 body:unique_members', json);
      }),
      { numRuns: 500 },
    );
  });

  for (const coding of ['gzip', 'br', 'identity, gzip', 'x']) {
    test(`in the content coding ${coding} is refused, and told that none is taken (RFC 9110)`, () => {
      assert.throws(
        () => read('{}', JSON_TYPE, { 'content-encoding': coding }),
        (error) => {
          assert.ok(error instanceof InvalidSubmission);
          assert.deepEqual(
            [error.status, error.faults[0]?.rule, error.headers],
            [415, 'content_encoding', { 'accept-encoding': 'identity' }],
          );
          return true;
        },
      );
    });
  }
  test('in no content coding is read, said in either way', () => {
    for (const coding of ['', 'identity', ' Identity '])
      assert.deepEqual(read('{}', JSON_TYPE, { 'content-encoding': coding }), {});
  });

  test('that is refused comes back in no message', () => {
    assert.throws(
      () => read('{"member_id":SECRET}', JSON_TYPE),
      (error: InvalidSubmission) =>
        !JSON.stringify([error, error.message, error.cause, error.detail]).includes('SECRET'),
    );
  });
});
