import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SubmitLine } from '../../../../local/client/log-line.ts';
import type { Refused } from '../../../../local/demo/examples.ts';
import { judgeFaults, judgeLogLine } from '../../../../local/demo/why/refusal.ts';
import { submitLine } from '../../../fixtures/wide-line.ts';
import { faultsOf } from '../fixtures.ts';

const REFUSED: Refused = {
  title: 'a refused request',
  outcome: 'refused',
  body: {},
  rules: { member_id: 'length', provider_npi: 'ten_digits' },
};

/** A wide event as the log has it; a stored request's line has the first two members. */
const logged = (members: Record<string, unknown> = {}) =>
  SubmitLine.parse(
    submitLine({
      request_id: undefined,
      database_operations: undefined,
      status: 'validation_error',
      http_status: 422,
      failed_fields: ['provider_npi', 'member_id'],
      failed_rules: ['ten_digits', 'length'],
      ...members,
    }),
  );

describe('what is said of the log line of a refused submit', () => {
  it('is its level, its status, the fields and rules at fault, and that nothing was stored', () => {
    const { lines, ...findings } = judgeLogLine(logged(), REFUSED);
    assert.deepEqual(faultsOf(findings), []);
    assert.deepEqual(lines, [
      'log line: INFO, http_status 422, request_id none, database_operations none',
      '  failed_fields  provider_npi, member_id',
      '  failed_rules   ten_digits, length',
    ]);
  });

  it('finds a field that the log does not name, or names with another rule', () => {
    assert.deepEqual(faultsOf(judgeLogLine(logged({ failed_rules: ['required', 'length'] }), REFUSED)), [
      'The log line says provider_npi: required, member_id: length, not member_id: length, provider_npi: ten_digits.',
    ]);
    assert.equal(faultsOf(judgeLogLine(logged({ failed_fields: [], failed_rules: [] }), REFUSED)).length, 1);
  });

  it('finds another status, and anything that was stored', () => {
    const line = logged({ http_status: 400, request_id: 'PA-00001', database_operations: { insert_request: 1 } });
    assert.deepEqual(faultsOf(judgeLogLine(line, REFUSED)), [
      'The log line says http_status 400, not 422.',
      'Something was stored: request_id PA-00001, database_operations insert_request.',
    ]);
  });

  it('is a fault when there is none, unless the trace backend keeps none', () => {
    assert.throws(() => judgeLogLine(undefined, REFUSED), /The log has no line that says why/);
    assert.deepEqual(judgeLogLine('not served', REFUSED), {
      lines: ['log lines: not served by this trace backend'],
      checks: [],
    });
  });
});

describe('what is said of the faults of a problem', () => {
  const fault = (field: string, rule: string) => ({ field, rule, detail: 'must be so' });

  it('is a line for each field', () => {
    const { lines, ...findings } = judgeFaults(
      [fault('provider_npi', 'ten_digits'), fault('member_id', 'length')],
      REFUSED,
    );
    assert.deepEqual(faultsOf(findings), []);
    assert.deepEqual(lines, ['provider_npi       ten_digits  must be so', 'member_id          length      must be so']);
  });

  it('finds a fault that is missing', () => {
    assert.deepEqual(faultsOf(judgeFaults([], REFUSED)), [
      'The faults are none, not member_id: length, provider_npi: ten_digits.',
    ]);
  });
});
