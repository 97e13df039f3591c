import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { fromRequestId, toRequestId } from '../../../functions/contract/request-id.ts';

test('an id is padded to five digits and grows beyond them', () => {
  assert.equal(toRequestId(1), 'PA-00001');
  assert.equal(toRequestId(99_999), 'PA-99999');
  assert.equal(toRequestId(100_000), 'PA-100000');
});

test('reading a PA number is the inverse of writing it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999_999_999_999 }), (id) =>
      assert.equal(fromRequestId(toRequestId(id)), id),
    ),
  );
});

for (const text of [
  '',
  'PA-',
  'PA-1',
  'PA-00000',
  'pa-00001',
  'PA-000001',
  'PA-00001 ',
  'PA-9999999999999999',
  'PA-0001e',
]) {
  test(`${JSON.stringify(text)} is no PA number`, () => assert.equal(fromRequestId(text), undefined));
}
