import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'vitest';
import type * as z from 'zod/mini';
import type { Route } from '../../../local/embedded/traces/api/routes.ts';
import { createApi } from '../../../local/embedded/traces/api/server.ts';
import { read } from '../embedded/traces/fixtures.ts';

/** A server on a free port of 127.0.0.1, stopped with the test. */
export async function serving(
  { onTestFinished }: { readonly onTestFinished: (stop: () => void) => void },
  listener: RequestListener,
): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** Routes as the port of the trace API serves them. */
export function servingRoutes(t: TestContext, routes: readonly Route[]): Promise<number> {
  return serving(t, createApi(routes));
}

/** The data of an answer, which must hold to its schema and have no member that the schema does not name. */
export async function readStrictly<T extends z.ZodMiniType>(
  schema: T,
  port: number,
  path: string,
): Promise<z.infer<T>> {
  const { status, data, errors } = await read(port, path);
  assert.deepEqual([status, errors], [200, null]);
  const parsed = schema.parse(data);
  assert.deepEqual(data, parsed);
  return parsed;
}
