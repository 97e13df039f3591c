import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasValidCheckDigit } from '../../../functions/prior-auth/npi.ts';

test('the example of the CMS specification, 123456789 with check digit 3, is valid', () => {
  assert.equal(hasValidCheckDigit('1234567893'), true);
});

test('the numbers of the demonstration’s examples have wrong check digits', () => {
  assert.equal(hasValidCheckDigit('1234567890'), false);
  assert.equal(hasValidCheckDigit('9999999999'), false);
});

const nineDigits = fc.stringMatching(/^[0-9]{9}$/);

test('for any nine digits exactly one check digit is valid', () => {
  fc.assert(
    fc.property(nineDigits, (digits) => {
      const valid = Array.from({ length: 10 }, (_, digit) => `${digits}${digit}`).filter(hasValidCheckDigit);
      assert.equal(valid.length, 1);
    }),
  );
});

test('changing any one digit of a valid number makes it invalid', () => {
  fc.assert(
    fc.property(nineDigits, fc.nat(9), fc.integer({ min: 1, max: 9 }), (digits, position, change) => {
      const valid = Array.from({ length: 10 }, (_, digit) => `${digits}${digit}`).find(hasValidCheckDigit)!;
      const changed = Array.from(valid);
      changed[position] = String((Number(changed[position]) + change) % 10);
      assert.equal(hasValidCheckDigit(changed.join('')), false);
    }),
  );
});
