import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIdempotencyKey } from '../../../functions/prior-auth/idempotency.ts';
import { InvalidSubmission } from '../../../functions/prior-auth/schema.ts';

const BODY = Buffer.from('abc');
/** FIPS 180-4's example. */
const SHA256_OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('without the header there is no key', () => {
  assert.equal(readIdempotencyKey(undefined, 'clinic', BODY), undefined);
});

test('of key and body only hashes are kept, in the scope of the caller', () => {
  const key = readIdempotencyKey('abc', 'clinic', BODY);
  assert.deepEqual(key, {
    submitter: 'clinic',
    keyHash: Buffer.from(SHA256_OF_ABC, 'hex'),
    bodyHash: Buffer.from(SHA256_OF_ABC, 'hex'),
  });
  assert.notDeepEqual(readIdempotencyKey('abd', 'clinic', BODY)?.keyHash, key.keyHash);
  assert.notDeepEqual(readIdempotencyKey('abc', 'clinic', Buffer.from('abc '))?.bodyHash, key.bodyHash);
});

for (const header of ['k', '!~', '"8e03978e-40d5-43dd-bc93-6894a57f9324"', 'k'.repeat(255)]) {
  test(`a key of ${header.length} visible characters is one: ${header.slice(0, 8)}`, () => {
    assert.ok(readIdempotencyKey(header, 'clinic', BODY));
  });
}

const SAME: [string, string, string][] = [
  ['in quotes, as the draft has it, or without', '"abc"', 'abc'],
  ['with an escaped quote in the string or a plain one outside of it', '"a\\"b"', 'a"b'],
  ['with an escaped backslash in the string or a plain one outside of it', '"a\\\\b"', 'a\\b'],
];
for (const [what, quoted, bare] of SAME) {
  test(`a key is the same ${what}`, () => {
    assert.deepEqual(readIdempotencyKey(quoted, 'clinic', BODY), readIdempotencyKey(bare, 'clinic', BODY));
  });
}
test('a key in quotes may hold blanks, and is as long as what it says', () => {
  for (const header of ['"a b"', '" "', `"${'k'.repeat(255)}"`, `"${'\\"'.repeat(255)}"`])
    assert.ok(readIdempotencyKey(header, 'clinic', BODY), header);
});

const REFUSED: [string, string][] = [
  ['nothing in quotes', '""'],
  ['256 characters in quotes', `"${'k'.repeat(256)}"`],
  ['a quote that is not closed', '"abc'],
  ['a quote', '"'],
  ['an escape of something else', '"a\\b"'],
  ['an escape of its last quote', '"a\\"'],
  ['two strings', '"a","b"'],
  ['a parameter', '"a";b=1'],
  ['a control character in quotes', '"a\tb"'],
  ['nothing', ''],
  ['256 characters', 'k'.repeat(256)],
  ['a space', 'a b'],
  ['a line break at its end', 'a\n'],
  ['a control character', 'a\u007f'],
  ['a character outside ASCII', 'é'],
  ['two keys in one header', 'SECRET, SECRET'],
];
for (const [what, header] of REFUSED) {
  test(`a key of ${what} is refused by its rule alone`, () => {
    assert.throws(
      () => readIdempotencyKey(header, 'clinic', BODY),
      (error) => {
        assert.ok(error instanceof InvalidSubmission);
        assert.equal(error.status, 422);
        assert.deepEqual(
          error.faults.map(({ field, rule }) => `${field}:${rule}`),
          ['idempotency_key:key'],
        );
        return !JSON.stringify(error.toDocument('')).includes('SECRET');
      },
    );
  });
}
