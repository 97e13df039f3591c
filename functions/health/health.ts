import type { Work } from '../runtime/http.ts';
import { typeOf } from '../runtime/span.ts';

const MS_DECIMALS = 100;

/** `GET /health`: whether the service can do its work, which it cannot without its database. */
export function createHealth(parts: { ping: () => Promise<void>; version: string }): Work {
  return async () => {
    const started = performance.now();
    const failure = await parts.ping().then(
      () => undefined,
      (error: unknown) => typeOf(error),
    );
    const latency_ms = Math.round((performance.now() - started) * MS_DECIMALS) / MS_DECIMALS;
    const database =
      failure === undefined ? { status: 'up', latency_ms } : { status: 'down', latency_ms, error: failure };
    return {
      status: failure === undefined ? 200 : 503,
      ...(failure === undefined ? {} : { headers: { 'retry-after': '1' } }),
      body: { status: failure === undefined ? 'healthy' : 'unhealthy', checks: { database }, version: parts.version },
    };
  };
}
