import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeAudit } from '../../../../local/doctor/hops/audit.ts';
import { judgeDatabase, judgeRow } from '../../../../local/doctor/hops/row.ts';
import { parseSettings } from '../../../../local/machine/settings.ts';
import { brokenOf, markedWith, REFUSED, reply, SILENT, systemWith, TRACE } from '../fixtures.ts';

const event = (name: string, changes: object = {}) => ({
  event: name,
  actor: 'local',
  details: {},
  trace_id: TRACE,
  span_id: '00f067aa0ba902b7',
  at: '2026-11-22T10:00:00.009Z',
  hash: `${name.length.toString(16).padStart(2, '0')}ab`.repeat(16),
  ...changes,
});
const TRAIL = [event('request_received'), event('npi_validated'), event('request_submitted')];
const stored = { status: 'pending', created_at: '2026-11-22T10:00:00.007Z', member_id: 'M1', audit: TRAIL };

describe('the database row', () => {
  it('is there since the time that it says itself', () => {
    const finding = judgeRow(reply(200, stored), markedWith(), undefined, systemWith());
    assert.deepEqual(finding, {
      state: 'passed',
      observed: 'PA-00007 pending',
      found: { marked: markedWith(), audit: TRAIL },
      delay: { ms: 7, by: 'timestamp' },
    });
  });

  it('that cannot be read back is told from a database that is away', () => {
    const missing = brokenOf(judgeRow(reply(404, {}), markedWith(), undefined, systemWith()));
    assert.equal(missing.observed, 'GET /prior-auth/PA-00007 answers 404');
    assert.match(missing.cause, /another database than they write, or read as another caller/);
    const away = brokenOf(judgeRow(reply(503, {}), markedWith(), REFUSED, systemWith()));
    assert.equal(away.cause, 'PostgreSQL at 127.0.0.1:5432 does not listen (ECONNREFUSED).');
    assert.match(brokenOf(judgeRow(reply(504, {}), markedWith(), 'listens', systemWith())).cause, /takes connections/);
    assert.match(
      brokenOf(judgeRow(SILENT, markedWith(), undefined, systemWith())).observed,
      /no answer \(TimeoutError\)/,
    );
  });
});

describe('a database that the API cannot use', () => {
  const fault = 'GET /health answers 503: database down (57P03)';

  it('is named by its address and by what a knock at its port shows', () => {
    assert.match(judgeDatabase(fault, 'listens', systemWith()).cause, /127.0.0.1:5432 takes connections/);
    assert.match(judgeDatabase(fault, SILENT, systemWith()).cause, /cannot be reached \(TimeoutError\)/);
    assert.equal(
      judgeDatabase(fault, undefined, systemWith({ database: undefined })).cause,
      'The API cannot use its database.',
    );
  });

  it('is started by whoever runs it', () => {
    const own = { settings: parseSettings({ DATABASE_URL: 'postgresql://u:secret@db:5432/x' }) };
    assert.match(judgeDatabase(fault, REFUSED, systemWith()).fix, /The launcher starts it again by itself/);
    assert.match(judgeDatabase(fault, REFUSED, systemWith(own)).fix, /correct DATABASE_URL/);
    assert.match(judgeDatabase(fault, REFUSED, systemWith({ mode: 'stack' })).fix, /logs postgres/);
    assert.ok(!JSON.stringify(judgeDatabase(fault, REFUSED, systemWith(own))).includes('secret'));
  });
});

describe('the audit trail', () => {
  const judge = (audit: typeof TRAIL) => judgeAudit({ marked: markedWith(), audit });

  it('is whole, and its last hash goes on', () => {
    const finding = judge(TRAIL);
    assert.equal(finding.state, 'passed');
    assert.equal(finding.observed, `3 events of this trace, hash head ${TRAIL[2]!.hash.slice(0, 12)}…`);
    assert.equal(finding.found, TRAIL[2]!.hash);
    assert.deepEqual(finding.delay, { ms: 9, by: 'timestamp' });
  });

  it('is broken when events are missing, or when one is of another trace', () => {
    assert.equal(brokenOf(judge(TRAIL.slice(1))).observed, 'events: npi_validated, request_submitted');
    assert.equal(brokenOf(judge([])).observed, 'events: none');
    const stray = brokenOf(judge(TRAIL.with(1, event('npi_validated', { trace_id: '0'.repeat(32) }))));
    assert.equal(stray.observed, `npi_validated is of trace ${'0'.repeat(32)}`);
    assert.match(stray.cause, /the OpenTelemetry layer is not loaded/);
  });
});
