import assert from 'node:assert/strict';
import { test } from 'vitest';
import { printReady } from '../../../local/launcher/ready.ts';
import { parseSettings } from '../../../local/machine/settings.ts';
import { captureOutput } from '../../fixtures/output.ts';

/** What is printed of where everything is. */
function placesOf(environment: Record<string, string>): string[] {
  const parts = { databaseUrl: 'postgresql://postgres:secret@127.0.0.1:5432/postgres', prometheus: 'not started' };
  const printed = captureOutput(() => printReady(parseSettings(environment), parts, 4.96));
  return printed.filter((line) => /^ {2}[A-Z]\w+ /.test(line));
}

test('what is printed at the start leads to the console, and shows no password', () => {
  assert.deepEqual(placesOf({ API_PORT: '8001', TRACES_PORT: '16687' }), [
    '  API         http://localhost:8001/health',
    '  Metrics     http://localhost:8001/metrics',
    '  Console     http://localhost:16687',
    '  Prometheus  not started',
    '  Database    postgresql://postgres:***@127.0.0.1:5432/postgres',
  ]);
});

test('what is printed at the start names the collector that traces go to instead', () => {
  const places = placesOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' });
  assert.equal(places[2], '  Traces      http://collector:4318');
  assert.doesNotMatch(places.join('\n'), /Console/);
});
