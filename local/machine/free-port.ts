import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
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
 * Below the ports that a system gives of itself, to connections and to who asks for any (Linux from 32768, elsewhere
 * from 49152): one of those may be somebody else's before it is listened on.
 */
const [FIRST, LAST] = [10_000, 32_767];

/**
 * A TCP port of 127.0.0.1 that nobody listens on now; never the same one twice, in this process or another that is
 * still up.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST + 1);
    if ((await isFree(port)) && (await reserve(port))) return port;
  }
}

/**
 * Keeps a port that is not listened on yet from the others that look for one: by the UDP port of its number, which the
 * system takes back when this process ends.
 */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      resolve(true);
    });
  });
}
