import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { MAX_BODY_BYTES, readDocument } from '../../../functions/prior-auth/document.ts';
import { InvalidSubmission } from '../../../functions/prior-auth/schema.ts';
import { httpRequest } from '../../fixtures/http-request.ts';

function read(body: string | Buffer, contentType?: string): unknown {
  const headers = contentType === undefined ? {} : { 'content-type': contentType };
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

  test('that is refused comes back in no message', () => {
    assert.throws(
      () => read('{"member_id":SECRET}', JSON_TYPE),
      (error: InvalidSubmission) =>
        !JSON.stringify([error, error.message, error.cause, error.detail]).includes('SECRET'),
    );
  });
});
