import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

export interface Listening {
  /** The port in use: the one asked for, or the one the system chose when 0 was asked for. */
  readonly port: number;
  /** Stops at once; sockets kept alive are closed too. */
  close(): Promise<void>;
}

/**
 * Listens on `host:port`.
 * @throws an error that names the port and the setting that changes it, when the port is taken.
 */
export async function listen(
  listener: RequestListener,
  where: { host: string; port: number; part: string; setting: string },
): Promise<Listening> {
  const server = createServer(listener);
  server.listen({ host: where.host, port: where.port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    if (!isAddressInUse(cause)) throw cause;
    const advice = `Stop what listens there, or choose another port with ${where.setting}.`;
    throw new Error(`Port ${where.port} for the ${where.part} is already in use. ${advice}`, { cause });
  }
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : where.port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function isAddressInUse(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}
