import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvalidSubmission } from '../../../functions/prior-auth/schema.ts';
import { createSubmissionReader } from '../../../functions/prior-auth/submission.ts';
import { SUBMISSION } from '../../fixtures/http.ts';
import { httpRequest } from '../../fixtures/http-request.ts';

const read = createSubmissionReader('warn');
const JSON_TYPE = { 'content-type': 'application/json' };

function faultsOf(body: string, headers: Record<string, string>): string {
  try {
    read(httpRequest({ headers, body: Buffer.from(body) }), 'clinic');
    return 'none';
  } catch (error) {
    assert.ok(error instanceof InvalidSubmission);
    return [error.status, ...error.faults.map(({ field, rule }) => `${field}:${rule}`)].join(' ');
  }
}

describe('the faults of a body and of its key are told together', () => {
  const FAULTS: [string, string, Record<string, string>, string][] = [
    ['none', JSON.stringify(SUBMISSION), JSON_TYPE, '422 idempotency_key:key'],
    ['fields', JSON.stringify({ ...SUBMISSION, member_id: '' }), JSON_TYPE, '422 member_id:length idempotency_key:key'],
    ['no JSON', '{', JSON_TYPE, '400 body:json idempotency_key:key'],
    ['a member twice', '{"a":1,"a":1}', JSON_TYPE, '422 body:unique_members idempotency_key:key'],
    ['another type', '{}', {}, '415 body:media_type idempotency_key:key'],
    ['another size', ' '.repeat(65_537), JSON_TYPE, '413 body:size idempotency_key:key'],
  ];
  for (const [what, body, headers, faults] of FAULTS) {
    test(`of ${what}: ${faults}`, () => {
      assert.equal(faultsOf(body, { ...headers, 'idempotency-key': 'a b' }), faults);
      const withoutKey = faults.replace(/ ?idempotency_key:key/, '');
      assert.equal(faultsOf(body, { ...headers, 'idempotency-key': 'ab' }), what === 'none' ? 'none' : withoutKey);
    });
  }

  test('with the header of the body’s', () => {
    assert.throws(
      () => read(httpRequest({ headers: { ...JSON_TYPE, 'content-encoding': 'br', 'idempotency-key': '' } }), 'clinic'),
      { status: 415, headers: { 'accept-encoding': 'identity' } },
    );
  });
});
