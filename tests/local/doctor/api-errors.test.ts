import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { readDiagnostics, tell } from '../../../local/doctor/api-errors.ts';
import { findOutage, tellOutage } from '../../../local/doctor/outage.ts';

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));

const warning = (message: string, changes: object = {}) => ({
  level: 'WARN' as const,
  timestamp: '2026-11-22T10:00:00.000Z',
  message,
  ...changes,
});
const FAILING = warning('Traces cannot be delivered and are dropped', { reason: 'ECONNREFUSED', rest_ms: 30_000 });
const RECOVERED = warning('Traces are delivered again', { lost_spans: 15 });

describe('what the functions said on their standard error', () => {
  it('is read line by line, and what is no diagnostic is left out', () => {
    const file = join(folder, 'api-errors.log');
    const lines = [
      '(node:1) Warning: x',
      JSON.stringify({ level: 'INFO', message: 'x' }),
      '{"half":',
      JSON.stringify(FAILING),
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    assert.deepEqual(readDiagnostics(file), [FAILING]);
    assert.deepEqual(readDiagnostics(join(folder, 'none.log')), []);
    assert.deepEqual(readDiagnostics(undefined), []);
  });

  it('is read from its end', () => {
    const file = join(folder, 'long.log');
    writeFileSync(file, `${JSON.stringify(RECOVERED)}\n${'x'.repeat(100_000)}\n${JSON.stringify(FAILING)}\n`);
    assert.deepEqual(
      readDiagnostics(file).map(({ message }) => message),
      [FAILING.message],
    );
  });

  it('is told in a sentence with its reason', () => {
    assert.equal(tell(warning('A probe failed', { error_type: '42501' })), 'A probe failed: 42501.');
    assert.equal(tell(warning('Ill', { settings: 'S', faults: 'F', error_type: 'E', reason: 'R' })), 'Ill: S.');
    assert.equal(tell(warning('Ill', { faults: 'F', error_type: 'E' })), 'Ill: F.');
    assert.equal(tell(FAILING), 'Traces cannot be delivered and are dropped: ECONNREFUSED.');
    assert.equal(tell(warning('Ill')), 'Ill.');
  });
});

describe('an outage of the exports', () => {
  const since = Date.parse(FAILING.timestamp);

  it('is on from the failure that was said to the recovery that is said', () => {
    assert.deepEqual(findOutage([RECOVERED, FAILING, warning('other')]), {
      reason: 'ECONNREFUSED',
      since,
      restsUntil: since + 30_000,
    });
    assert.equal(findOutage([FAILING, RECOVERED]), undefined);
    assert.equal(findOutage([]), undefined);
  });

  it('is told with its rest, or without when that is over', () => {
    const outage = { reason: 'HTTP 503', since, restsUntil: since + 30_000 };
    assert.match(
      tellOutage(outage, since),
      /rests until 10:00:30Z: exports have been failing since 10:00:00Z \(HTTP 503\)\.$/,
    );
    assert.match(tellOutage(outage, since + 30_000), /^By the functions’ log exports have been failing since/);
  });
});
