import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createLog, type LogFields } from '../../../functions/runtime/log.ts';
import { Problem } from '../../../functions/runtime/problem.ts';
import { captureOutput } from '../../fixtures/output.ts';

function logged(level: 'warn' | 'error', fields?: LogFields): Record<string, unknown> {
  const [line = ''] = captureOutput(() => createLog()[level]('A probe failed', fields));
  const { timestamp, ...members } = JSON.parse(line) as Record<string, unknown>;
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  return members;
}

const HEAD = { level: 'ERROR', message: 'A probe failed', service: 'prior-auth-api' };

test('what is on the list is logged', () => {
  const fields = {
    trace_id: 'a'.repeat(32),
    function_name: 'submit',
    route: 'GET /health',
    http_status: 503,
    settings: 'DATABASE_URL is not set',
    events: 3,
  };
  assert.deepEqual(logged('error', fields), { ...HEAD, ...fields });
  assert.deepEqual(logged('warn'), { ...HEAD, level: 'WARN' });
});

test('what is not on the list is not logged, whatever the types let through', () => {
  const fields = { http_status: 500, member_id: 'SECRET', body: { a: 'SECRET' }, message: 'SECRET', level: 'SECRET' };
  assert.deepEqual(logged('error', fields), { ...HEAD, http_status: 500 });
});

const ERRORS: [unknown, string][] = [
  [new TypeError('SECRET'), 'TypeError'],
  [Object.assign(new Error('SECRET'), { code: '23505', detail: 'SECRET', parameters: ['SECRET'] }), '23505'],
  [new Problem(503, { detail: 'SECRET', cause: Object.assign(new Error('SECRET'), { code: '57P01' }) }), '57P01'],
  ['SECRET', '_OTHER'],
];
for (const [error, type] of ERRORS) {
  test(`an error is reduced to its type: ${type}`, () => {
    assert.deepEqual(logged('error', { error }), { ...HEAD, error_type: type });
  });
}
