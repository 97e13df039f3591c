import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { createHealth } from '../../../functions/health/health.ts';
import { ping } from '../../../functions/runtime/postgres.ts';
import { freshDatabase } from '../../database.ts';
import { connectAs } from '../../fixtures/connection.ts';
import { rejects } from '../../fixtures/rejection.ts';
import { PROBE, served } from '../../fixtures/served.ts';

interface Health {
  readonly status: string;
  readonly checks: {
    readonly database: { readonly status: string; readonly latency_ms: number; readonly error?: string };
  };
  readonly version: string;
}

async function health(pingOnce: () => Promise<void>) {
  const { call, log } = served(createHealth({ ping: pingOnce, version: '1.2.3' }), { route: PROBE });
  const { status, headers, body } = await call();
  const { checks, ...rest } = JSON.parse(body) as Health;
  const { latency_ms, ...database } = checks.database;
  return { status, headers, database, latency_ms, rest, body, log };
}

describe('GET /health', () => {
  test('is 200 and healthy while the database answers', async () => {
    const before = performance.now();
    const { status, headers, database, latency_ms, rest, log } = await health(() => sleep(20));
    const took = performance.now() - before;
    assert.equal(status, 200);
    assert.deepEqual([headers['content-type'], headers['retry-after']], ['application/json', undefined]);
    assert.deepEqual([rest, database], [{ status: 'healthy', version: '1.2.3' }, { status: 'up' }]);
    assert.ok(latency_ms >= 19 && latency_ms <= took + 0.01, `${latency_ms} of ${took} ms`);
    assert.equal(latency_ms, Math.round(latency_ms * 100) / 100);
    assert.deepEqual(log, []);
  });

  test('asks a real database, and the role of a probe may do that', async () => {
    const database = connectAs('prior_auth_health', (await freshDatabase()).url);
    assert.equal((await health(() => ping(database))).status, 200);
  });

  const FAILURES: [string, unknown, string][] = [
    ['by its code', Object.assign(new Error('SECRET host'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['by its class', new TypeError('SECRET'), 'TypeError'],
  ];
  for (const [how, error, type] of FAILURES) {
    test(`is 503 in the same shape with Retry-After when it does not, and names the error ${how}`, async () => {
      const { status, headers, database, rest, body, log } = await health(rejects(error));
      assert.equal(status, 503);
      assert.deepEqual([headers['content-type'], headers['retry-after']], ['application/json', '1']);
      assert.deepEqual(
        [rest, database],
        [
          { status: 'unhealthy', version: '1.2.3' },
          { status: 'down', error: type },
        ],
      );
      assert.doesNotMatch(body, /SECRET/);
      assert.equal(log.length, 1);
    });
  }
});
