import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSubmissionParser, InvalidSubmission } from '../../../functions/prior-auth/schema.ts';
import { SUBMISSION } from '../../fixtures/http.ts';

const parse = createSubmissionParser('warn');

/** What is wrong with a document, as `field:rule`. */
function faultsOf(document: unknown, parser = parse): string[] {
  try {
    parser(document);
    return [];
  } catch (error) {
    assert.ok(error instanceof InvalidSubmission);
    assert.equal(error.status, 422);
    return error.faults.map((fault) => `${fault.field}:${fault.rule}`);
  }
}

test('the demonstration’s example passes as it is', () => assert.deepEqual(parse(SUBMISSION), SUBMISSION));

test('every fault is reported at once', () => {
  assert.deepEqual(faultsOf({ member_id: '', provider_npi: '123', diagnosis_code: 'flu' }), [
    'member_id:length',
    'provider_npi:ten_digits',
    'diagnosis_code:icd_10_cm',
    'requested_service:required',
  ]);
});

const CASES: [string, object, string][] = [
  ['a number where a text is due', { member_id: 7 }, 'member_id:string'],
  ['null where a text is due', { member_id: null }, 'member_id:string'],
  ['65 characters of member id', { member_id: 'm'.repeat(65) }, 'member_id:length'],
  ['129 characters of service', { requested_service: 's'.repeat(129) }, 'requested_service:length'],
  ['a NUL, which PostgreSQL would refuse', { member_id: 'M\u00001' }, 'member_id:printable'],
  ['a line break', { requested_service: 'A\nB' }, 'requested_service:printable'],
  ['a lone surrogate, which is no UTF-8', { requested_service: '\ud800' }, 'requested_service:printable'],
  ['eleven digits', { provider_npi: '12345678901' }, 'provider_npi:ten_digits'],
  ['digits of another script', { provider_npi: '١٢٣٤٥٦٧٨٩٠' }, 'provider_npi:ten_digits'],
  ['a trailing line break', { provider_npi: '1234567890\n' }, 'provider_npi:ten_digits'],
  ['a code without its dot', { diagnosis_code: 'Z0000' }, 'diagnosis_code:icd_10_cm'],
  ['a code in lower case', { diagnosis_code: 'z00.00' }, 'diagnosis_code:icd_10_cm'],
];
for (const [what, change, fault] of CASES) {
  test(`${what} is refused as ${fault}`, () => assert.deepEqual(faultsOf({ ...SUBMISSION, ...change }), [fault]));
}

test('64 and 128 characters, and codes of each length, pass', () => {
  assert.deepEqual(faultsOf({ ...SUBMISSION, member_id: 'é'.repeat(64), requested_service: 's'.repeat(128) }), []);
  for (const diagnosis_code of ['Z00', 'I25.10', 'S72.001A', 'C7A.1'])
    assert.deepEqual(faultsOf({ ...SUBMISSION, diagnosis_code }), []);
});

test('an unknown member is refused without naming it', () => {
  const document = { ...SUBMISSION, patient_name: 'x' };
  assert.deepEqual(faultsOf(document), ['body:unknown_member']);
  assert.throws(
    () => parse(document),
    (error: InvalidSubmission) => !JSON.stringify(error.toDocument('t')).includes('patient_name'),
  );
});

for (const document of [null, 7, 'text', [], true]) {
  test(`${JSON.stringify(document)} is refused as a whole`, () =>
    assert.deepEqual(faultsOf(document), ['body:object']));
}

test('a wrong check digit passes in warn and is one fault among the others in enforce', () => {
  const enforce = createSubmissionParser('enforce');
  assert.deepEqual(faultsOf(SUBMISSION), []);
  assert.deepEqual(faultsOf({ ...SUBMISSION, member_id: '' }, enforce), [
    'member_id:length',
    'provider_npi:check_digit',
  ]);
  assert.deepEqual(faultsOf({ ...SUBMISSION, provider_npi: '1234567893' }, enforce), []);
});

test('no document makes the parser throw anything but a refusal, and no value comes back in it', () => {
  fc.assert(
    fc.property(fc.record({ member_id: fc.string(), provider_npi: fc.anything(), x: fc.string() }), (document) => {
      assert.ok(faultsOf(document).length > 0);
    }),
  );
});
