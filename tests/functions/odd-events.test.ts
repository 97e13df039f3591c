/** The functions as they are deployed, under events that API Gateway never makes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { freshDatabase, type TestDatabase } from '../database.ts';
import { startBuiltFunction } from '../fixtures/built-function.ts';
import { startCollector, type Collector } from '../fixtures/collector.ts';
import { oddEvent } from '../fixtures/odd-event.ts';
import { PATIENCE } from '../fixtures/patience.ts';

const EVENTS = 300;
const LINES: Readonly<Record<string, number>> = { submit: 1, status: 1, health: 0, metrics: 0 };

describe('a built function', () => {
  let database: TestDatabase;
  let collector: Collector;
  before(async () => {
    database = await freshDatabase();
    collector = await startCollector();
  });
  after(() => collector.close());

  for (const [name, lines] of Object.entries(LINES)) {
    test(`${name} answers any event, says so in ${lines} lines and tells nothing of it`, async () => {
      const started = startBuiltFunction(name, {
        DATABASE_URL: database.url,
        DATABASE_ROLE: `prior_auth_${name}`,
        ANONYMOUS_CALLER: 'local',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        ...PATIENCE,
      });
      after(() => started.stop());
      const property = fc.asyncProperty(oddEvent, async (event) => {
        const before = started.output().length;
        const { statusCode, headers, body } = await started.invoke(event);
        const said = started.output().slice(before);
        assert.ok(statusCode === 200 ? lines === 0 : statusCode >= 400 && statusCode < 500, `${statusCode} ${said}`);
        if (statusCode !== 200) {
          const document = JSON.parse(body) as Record<string, unknown>;
          assert.deepEqual([document['status'], document['trace_id']], [statusCode, headers['x-trace-id']]);
        }
        assert.match(headers['x-trace-id'] ?? '', /^[0-9a-f]{32}$/);
        assert.match(headers['x-request-id'] ?? '', /^[0-9a-f-]{36}$/);
        assert.equal(said.split('\n').filter((line) => line.includes('"_aws"')).length, lines);
        assert.doesNotMatch(body + said, /CANARY|\.ts:\d|\.js:\d|node_modules/);
      });
      await fc.assert(property, { numRuns: EVENTS });
      await started.stop();
      assert.doesNotMatch(collector.bodies.join(), /CANARY/);
    });
  }
});
