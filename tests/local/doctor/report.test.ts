import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Hop } from '../../../local/doctor/hop.ts';
import { createProgress } from '../../../local/doctor/progress.ts';
import { renderDelay, renderHop, renderSummary, toDocument } from '../../../local/doctor/report.ts';
import { judgeSettings } from '../../../local/doctor/settings-fault.ts';
import { markedWith, systemWith, TRACE } from './fixtures.ts';

const passed = (name: string): Hop => ({ name, state: 'passed', observed: 'fine' });
const broken = (name: string): Hop => ({
  name,
  state: 'broken',
  observed: 'ill',
  diagnosis: { cause: 'C.', fix: 'F.' },
});

describe('a line of the report', () => {
  it('has the hop, what was observed and when', () => {
    const hop = { ...passed('bridge'), delay: { ms: 12.34, by: 'timestamp' as const } };
    assert.equal(renderHop(hop), '✓ bridge                fine  +12.34ms');
    assert.equal(
      renderHop({ name: 'x', state: 'not reached', observed: 'not reached' }),
      '– x                     not reached',
    );
    assert.equal(
      renderHop({ name: 'x', state: 'absent', observed: 'why' }),
      '– x                     not part of this mode: why',
    );
  });

  it('of a broken hop is followed by cause and fix, in lines of a terminal’s width', () => {
    assert.equal(renderHop(broken('API')), '✗ API                   ill\n    cause  C.\n    fix    F.');
    const cause = 'twelve chars '.repeat(20).trim();
    const lines = renderHop({ ...broken('API'), diagnosis: { cause, fix: 'x'.repeat(150) } }).split('\n');
    assert.equal(lines.length, 5);
    assert.ok(lines.slice(0, 4).every((line) => line.length <= 110));
    assert.equal(
      lines
        .slice(1, 4)
        .map((line) => line.slice(11))
        .join(' '),
      cause,
    );
    assert.equal(lines[4], `    fix    ${'x'.repeat(150)}`);
  });

  it('says a delay by whose clock, also when that clock is behind', () => {
    assert.equal(renderDelay({ ms: 40, by: 'poll' }), 'seen after 40ms');
    assert.equal(renderDelay({ ms: 14_990, by: 'timestamp' }), '+14.99s');
    assert.equal(renderDelay({ ms: -1.5, by: 'timestamp' }), '−1.5ms');
  });
});

describe('the end of the report', () => {
  it('names the first broken hop, and others on another branch', () => {
    assert.equal(
      renderSummary([passed('a'), { name: 'b', state: 'absent', observed: '' }]),
      'Every hop of this mode passed it on.',
    );
    assert.equal(renderSummary([passed('a'), broken('b')]), 'First broken hop: b.');
    assert.equal(renderSummary([broken('a'), broken('b'), broken('c')]), 'First broken hop: a. Also broken: b, c.');
  });
});

describe('the JSON document', () => {
  it('has every hop with its delay, and what was followed', () => {
    const hops = [{ ...passed('a'), delay: { ms: 1.23456, by: 'poll' as const } }, broken('b')];
    assert.deepEqual(JSON.parse(toDocument({ hops, marked: markedWith() }, systemWith())), {
      healthy: false,
      first_broken: 'b',
      mode: 'local',
      trace_id: TRACE,
      request_id: 'PA-00007',
      sent_at: '2026-11-22T10:00:00.000Z',
      hops: [
        { name: 'a', state: 'passed', observed: 'fine', delay_ms: 1.235, delay_by: 'poll', cause: null, fix: null },
        { name: 'b', state: 'broken', observed: 'ill', delay_ms: null, delay_by: null, cause: 'C.', fix: 'F.' },
      ],
    });
  });

  it('without a request says so', () => {
    const document: unknown = JSON.parse(toDocument({ hops: [passed('a')], marked: undefined }, undefined));
    assert.deepEqual(document, {
      healthy: true,
      first_broken: null,
      mode: null,
      trace_id: null,
      request_id: null,
      sent_at: null,
      hops: [{ name: 'a', state: 'passed', observed: 'fine', delay_ms: null, delay_by: null, cause: null, fix: null }],
    });
  });
});

describe('what is waited for', () => {
  const written: string[] = [];
  const stream = (isTTY: boolean) => ({ isTTY, write: (text: string) => written.push(text) > 0 });

  it('stands on a terminal until something is printed', () => {
    const progress = createProgress(stream(true));
    progress.clear();
    progress.show('x');
    progress.clear();
    progress.clear();
    assert.deepEqual(written.splice(0), ['\r\u001b[K  … waiting for x', '\r\u001b[K']);
  });

  it('is not written elsewhere', () => {
    const progress = createProgress(stream(false));
    progress.show('x');
    progress.clear();
    assert.deepEqual(written, []);
  });
});

describe('settings that no launcher starts with', () => {
  it('are the first broken hop, with the remedy for the endpoint that hides all traces', () => {
    const path = judgeSettings(
      'Invalid settings:\n  OTEL_EXPORTER_OTLP_ENDPOINT must be the base URL without /v1/traces: the code adds it',
    );
    assert.deepEqual([path.name, path.state], ['settings', 'broken']);
    assert.equal(path.observed.split('\n').length, 1);
    assert.match(path.diagnosis?.fix ?? '', /OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/localhost:4318/);
    const other = judgeSettings('Invalid settings:\n  API_PORT must be a port');
    assert.equal(other.observed, 'Invalid settings: API_PORT must be a port');
    assert.match(other.diagnosis?.fix ?? '', /\.env\.example/);
  });
});
