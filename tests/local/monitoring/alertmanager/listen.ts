import type { Server, Socket } from 'node:net';
import type { TestContext } from 'vitest';

/** Lets a server listen on a free port of 127.0.0.1 until the end of the test. */
export async function listen(server: Server, test: TestContext): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  test.onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}
