import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { ATTRIBUTES } from '../../../functions/contract/attributes.ts';
import { alternatives, createCheck, digits, flag, listOf, oneOf, text } from '../../../functions/contract/values.ts';

describe('a rule for a value', () => {
  test('lets through each of its alternatives as they are written, and no other text', () => {
    const list = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(list, fc.string(), (values, other) => {
        const special = values.filter((value) => !/[\\^$]/.test(value));
        fc.pre(special.length > 0);
        const check = createCheck(oneOf(...special));
        for (const value of special) assert.equal(check(value), true, value);
        assert.equal(check(other), special.includes(other), other);
      }),
    );
  });

  test('is about the whole value, in its own type', () => {
    assert.deepEqual(['a', 'ab', 'ba', ''].map(createCheck(text('a|b'))), [true, false, false, false]);
    assert.deepEqual([7, 77, -7, 0.5, NaN, '7'].map(createCheck(digits('[0-9]'))), [
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    assert.deepEqual([true, false, 'true', 1].map(createCheck(flag)), [true, true, false, false]);
    assert.deepEqual([[], ['a'], ['a', 'b'], ['a', 'c'], 'a', [['a']]].map(createCheck(listOf(['a', 'b']))), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test('lets no text through that is longer than 128 characters', () => {
    assert.deepEqual(['a'.repeat(128), 'a'.repeat(129)].map(createCheck(text('a*'))), [true, false]);
  });
});

test('what would have a meaning in a pattern stands in brackets', () => {
  assert.equal(alternatives(['GET /a/{id}', 'b.c']), 'GET /a/[{]id[}]|b[.]c');
});

test('no pattern of an attribute uses what RE2 does not know: looking around, references back, or classes of JavaScript alone', () => {
  for (const [name, { pattern }] of Object.entries(ATTRIBUTES)) assert.doesNotMatch(pattern, /\(\?[=!<]|\\/, name);
});
