import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Whether a TCP port of 127.0.0.1 can be listened on. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Below the ports that a system gives of itself, to connections and to who asks for any (Linux from 32768, elsewhere from 49152):
 * one of those may be somebody else's before it is listened on.
 */
const [FIRST, LAST] = [10_000, 32_767];

/** What this process was given before, and may not listen on yet. */
const given = new Set<number>();

/** A TCP port of 127.0.0.1 that nobody listens on now; never the same one twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST + 1);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}
