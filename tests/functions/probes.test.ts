import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { startBuiltFunction, type BuiltFunction } from '../fixtures/built-function.ts';
import { httpEvent } from '../fixtures/http.ts';
import { useProxiedDatabase } from '../fixtures/proxied-database.ts';

/** What silence takes of a test, and other work on the machine does not take of a ping. */
const STATEMENT_TIMEOUT_MS = 5000;
const server = useProxiedDatabase();
let functions: Record<'health' | 'metrics', BuiltFunction>;

describe('with a database that has gone silent', () => {
  beforeAll(() => {
    const url = new URL(server.direct.url);
    url.port = String(server.proxy.port);
    const environment = {
      DATABASE_URL: url.href,
      DATABASE_CONNECT_TIMEOUT_MS: '60000',
      DATABASE_STATEMENT_TIMEOUT_MS: String(STATEMENT_TIMEOUT_MS),
    };
    functions = {
      health: startBuiltFunction('health', environment),
      metrics: startBuiltFunction('metrics', environment),
    };
  });
  afterAll(() => Promise.all(Object.values(functions).map((one) => one.stop())));

  test('/health is 503 in its own shape, and healthy again as soon as the database answers', async () => {
    const event = httpEvent({ path: '/health' });
    assert.equal((await functions.health.invoke(event)).statusCode, 200);
    server.proxy.silenceConnections();
    const { statusCode, body } = await functions.health.invoke(event);
    assert.equal(statusCode, 503);
    const { status, checks } = JSON.parse(body) as {
      status: string;
      checks: { database: { status: string; error: string } };
    };
    assert.deepEqual([status, checks.database.status, checks.database.error], ['unhealthy', 'down', 'ETIMEDOUT']);
    assert.equal((await functions.health.invoke(event)).statusCode, 200);
  });

  test('/metrics is 503 with Retry-After, and itself again as soon as the database answers', async () => {
    const event = httpEvent({ path: '/metrics' });
    assert.equal((await functions.metrics.invoke(event)).statusCode, 200);
    server.proxy.silenceConnections();
    const { statusCode, headers, body } = await functions.metrics.invoke(event);
    assert.deepEqual(
      [statusCode, headers['content-type'], headers['retry-after']],
      [503, 'application/problem+json', '1'],
    );
    assert.doesNotMatch(body, /prior_auth_/);
    assert.equal((await functions.metrics.invoke(event)).statusCode, 200);
  });
});
