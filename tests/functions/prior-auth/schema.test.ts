import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSubmissionParser, InvalidSubmission } from '../../../functions/prior-auth/schema.ts';
import { SUBMISSION } from '../../fixtures/http.ts';
import { ICD_10_CM_SHAPES } from '../../fixtures/icd-10-cm-shapes.ts';

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
  ['129 emoji, each of which is one character', { requested_service: '😀'.repeat(129) }, 'requested_service:length'],
  ['U+FFFD inside a word', { requested_service: 'Caf\ufffd bar' }, 'requested_service:whole'],
  ['a zero width space inside a word', { member_id: 'M\u200b1' }, 'member_id:printable'],
  ['a joiner before a blank', { requested_service: 'A\u200d B' }, 'requested_service:printable'],
  ['a joiner behind a blank', { requested_service: 'A \u200dB' }, 'requested_service:printable'],
  ['two joiners in a row', { requested_service: 'A\u200c\u200dB' }, 'requested_service:printable'],
];
for (const [what, change, fault] of CASES) {
  test(`${what} is refused as ${fault}`, () => assert.deepEqual(faultsOf({ ...SUBMISSION, ...change }), [fault]));
}

test('64 and 128 characters, and codes of each length, pass', () => {
  assert.deepEqual(faultsOf({ ...SUBMISSION, member_id: 'é'.repeat(64), requested_service: 's'.repeat(128) }), []);
  assert.deepEqual(faultsOf({ ...SUBMISSION, member_id: '😀'.repeat(64), requested_service: '😀'.repeat(128) }), []);
});

const UNSEEN: [string, string][] = [
  ['a blank', ' '],
  ['a tab', '\t'],
  ['a line break', '\n'],
  ['a no-break space', '\u00a0'],
  ['an ideographic space', '\u3000'],
  ['a line separator', '\u2028'],
  ['a byte order mark', '\ufeff'],
  ['a zero width space', '\u200b'],
  ['a zero width non-joiner', '\u200c'],
  ['a zero width joiner', '\u200d'],
  ['a word joiner', '\u2060'],
  ['a soft hyphen', '\u00ad'],
  ['a combining grapheme joiner', '\u034f'],
  ['a Hangul filler', '\u3164'],
  ['a halfwidth Hangul filler', '\uffa0'],
  ['a Hangul choseong filler', '\u115f'],
  ['a Braille cell without a dot', '\u2800'],
  ['U+FFFD', '\ufffd'],
];
for (const [what, character] of UNSEEN) {
  test(`${what} alone, before or behind a text is refused by a rule of its own`, () => {
    for (const field of ['member_id', 'requested_service']) {
      for (const value of [character, character.repeat(3), `${character}A`, `A${character}`, `A B ${character}`])
        assert.deepEqual(faultsOf({ ...SUBMISSION, [field]: value }), [`${field}:seen_edges`], JSON.stringify(value));
    }
  });
}
test('a selector of forms is refused where it has nothing to choose a form of', () => {
  for (const member_id of ['\ufe0f', '\ufe0fA', 'A \ufe0f'])
    assert.deepEqual(faultsOf({ ...SUBMISSION, member_id }), ['member_id:seen_edges']);
});

const TEXTS: [string, string][] = [
  ['blanks between words', 'MRI of the knee'],
  ['a no-break space between words', 'MRI\u00a0knee'],
  ['a joiner in a word of Hindi', '\u0915\u094d\u200d\u0937'],
  ['a non-joiner in a word of Persian', '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'],
  ['an emoji of several', '👩\u200d⚕\ufe0f'],
  ['an emoji whose joiner follows a selector', '❤\ufe0f\u200d🔥'],
  ['a name in a form that a selector chooses', '葛\u{e0100}'],
  ['letters with accents of their own', 'Z\u0323u\u0308rich'],
  ['one character', 'x'],
];
for (const [what, requested_service] of TEXTS) {
  test(`${what} may stand in a text`, () => assert.deepEqual(faultsOf({ ...SUBMISSION, requested_service }), []));
}

test('codes of every shape of the ICD-10-CM release of April 2026 pass', () => {
  assert.equal(Object.keys(ICD_10_CM_SHAPES).length, 39);
  for (const diagnosis_code of Object.values(ICD_10_CM_SHAPES))
    assert.deepEqual(faultsOf({ ...SUBMISSION, diagnosis_code }), [], diagnosis_code);
});

const NO_CODES: [string, string][] = [
  ['in lower case', 'z00.00'],
  ['with one letter in lower case', 'S72.001a'],
  ['with five characters after its dot', 'S72.0001A'],
  ['with a digit before its letter', '1A0.0'],
  ['that ends with its dot', 'Z00.'],
  ['that is a dot', '.'],
  ['with two dots', 'Z00.0.0'],
  ['with its dot after four characters', 'Z000.0'],
  ['of two characters', 'Z0'],
  ['that is a word', 'FLU'],
  ['without its dot after more than three characters', 'I2510'],
  ['with a blank behind it', 'Z00.00 '],
  ['with a line break behind it', 'Z00.00\n'],
  ['with a letter of another script', '\u0396' + '00.00'],
  ['of the old revision', '250.00'],
];
for (const [what, diagnosis_code] of NO_CODES) {
  test(`a code ${what} is refused`, () =>
    assert.deepEqual(faultsOf({ ...SUBMISSION, diagnosis_code }), ['diagnosis_code:icd_10_cm']));
}

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
