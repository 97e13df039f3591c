import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import type { Functions } from './functions.ts';

/**
 * What an event says that is for the environment alone (entry.cjs); of this process, so that no caller happens to
 * send it.
 */
export const WARM_MARK = randomUUID();

/**
 * Has every environment of every function loaded, as provisioned concurrency does: nothing is handled, logged or
 * counted.
 */
export async function warm(functions: Functions): Promise<void> {
  const event = JSON.stringify({ warm: WARM_MARK });
  const all = Object.entries(functions.slots).flatMap(([name, count]) => Array<string>(count).fill(name));
  await Promise.all(all.map(async (name) => functions.enter(name)?.run(() => functions.invoke(name, event))));
}

const HEALTH = JSON.stringify({ version: '2.0', routeKey: 'GET /health', rawPath: '/health', headers: {} });

const Healthy = z.object({ statusCode: z.literal(200) });

export async function isHealthy(functions: Functions): Promise<boolean> {
  const outcome = await functions.invoke('health', HEALTH);
  return outcome !== 'away' && !outcome.isFailed && Healthy.safeParse(JSON.parse(outcome.payload)).success;
}
