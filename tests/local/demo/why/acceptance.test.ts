import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuditEvent } from '../../../../local/client/audit-event.ts';
import { judgeTrail } from '../../../../local/demo/why/acceptance.ts';
import { faultsOf } from '../fixtures.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const OTHER_TRACE = '0af7651916cd43dd8448eb211c80319c';

const event = (name: string, at: string, details: AuditEvent['details'], trace_id = TRACE): AuditEvent => ({
  event: name,
  actor: 'local',
  details,
  trace_id,
  span_id: '00f067aa0ba902b7',
  hash: 'ab'.repeat(32),
  at: `2026-11-22T12:00:${at}Z`,
});

const TRAIL = [
  event('request_received', '59.990', { idempotency_key: false }),
  event('npi_validated', '59.994', { check_digit: 'invalid' }),
  event('request_submitted', '59.995', { status: 'pending' }),
];

describe('what is said of an audit trail', () => {
  it('is each event with its actor, its details and when it was, counted from the first', () => {
    const { lines, ...findings } = judgeTrail(TRAIL, TRACE);
    assert.deepEqual(faultsOf(findings), []);
    assert.deepEqual(lines, [
      '    +0ms  request_received   by local, this trace, idempotency_key: false',
      '    +4ms  npi_validated      by local, this trace, check_digit: invalid',
      '    +5ms  request_submitted  by local, this trace, status: pending',
    ]);
  });

  it('finds an event that is missing or out of order', () => {
    assert.deepEqual(faultsOf(judgeTrail(TRAIL.slice(0, 2), TRACE)), [
      'The audit events are request_received, npi_validated, not request_received, npi_validated, request_submitted.',
    ]);
    assert.equal(faultsOf(judgeTrail(TRAIL.toReversed(), TRACE)).length, 1);
    assert.deepEqual(faultsOf(judgeTrail([], TRACE)), [
      'The audit events are missing, not request_received, npi_validated, request_submitted.',
    ]);
  });

  it('finds an event of another trace and names that trace', () => {
    const [first, , last] = TRAIL;
    const foreign = event('npi_validated', '59.994', { check_digit: 'invalid' }, OTHER_TRACE);
    const findings = judgeTrail([first!, foreign, last!], TRACE);
    assert.deepEqual(faultsOf(findings), ['The audit event npi_validated has another trace id.']);
    assert.match(findings.lines[1]!, new RegExp(`trace ${OTHER_TRACE}`));
  });
});
