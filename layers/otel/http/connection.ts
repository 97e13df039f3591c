import type { Socket } from 'node:net';
import { HttpFailure, HttpTimeout, StaleConnection } from './failure.ts';
import { readResponse, type Reply } from './response.ts';

export interface Connection {
  /**
   * Sends the text of a request, one at a time. Rejects with the socket's error, or an HttpFailure when there is no
   * whole answer within the limit, or none that is taken; without a limit the process may end while an answer is waited
   * for.
   */
  exchange(request: string, limitMs?: number): Promise<Reply>;
  /** Whether the server is ready for another request on it, as far as is known here. */
  isOpen(): boolean;
  close(): void;
}

/**
 * Makes connections for HTTP/1.1, by TLS where the URL asks for it. In place of `node:http`, whose client takes more
 * time of a warm invocation than all else in this layer, and sets options of the socket anew at each request.
 */
export function connectTo({ protocol, hostname, port }: URL): () => Connection {
  // The brackets of an IPv6 address are the URL's.
  const host = hostname.replace(/^\[|\]$/g, '');
  const net = process.getBuiltinModule('node:net');
  if (protocol !== 'https:') return () => connectionOn(net.connect({ host, port: Number(port || 80), noDelay: true }));
  const tls = process.getBuiltinModule('node:tls');
  // An address is no name to ask for (RFC 6066, 3).
  const servername = net.isIP(host) === 0 ? host : '';
  return () => connectionOn(tls.connect({ host, servername, port: Number(port || 443) }).setNoDelay());
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

function connectionOn(socket: Socket): Connection {
  let waiting: Waiting | undefined;
  let received = '';
  let isUsed = false;
  let isReusable = true;

  /** The one that waits, who then does no more. */
  function takeWaiting(): Waiting | undefined {
    const taken = waiting;
    waiting = undefined;
    clearTimeout(taken?.timer);
    return taken;
  }

  function fail(error: Error): void {
    isReusable = false;
    const isStale = isUsed && received === '' && isReset(error);
    takeWaiting()?.reject(isStale ? new StaleConnection() : error);
    socket.destroy();
  }

  function read(isOver: boolean): void {
    try {
      const response = readResponse(received, isOver);
      if (response === undefined) return;
      isUsed = true;
      isReusable = response.isReusable;
      takeWaiting()?.resolve(response.reply);
    } catch (error) {
      fail(error instanceof Error ? error : new HttpFailure('no HTTP answer'));
    }
  }

  // What holds the process is the limit of who waits.
  socket.unref();
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    // Nobody has asked: whatever this is, the next answer could not be told from it.
    if (waiting === undefined) return void socket.destroy();
    received += chunk;
    read(false);
  });
  socket.on('error', fail);
  socket.on('close', () => {
    if (waiting !== undefined) read(true);
    fail(Object.assign(new Error('hung up'), { code: 'ECONNRESET' }));
  });

  return {
    exchange(request, limitMs) {
      const { promise, resolve, reject } = Promise.withResolvers<Reply>();
      const late = () => fail(new HttpTimeout());
      const timer = limitMs === undefined ? undefined : setTimeout(late, limitMs);
      waiting = { resolve, reject, timer };
      received = '';
      socket.write(request);
      return promise;
    },
    isOpen: () => isReusable && !socket.destroyed,
    close: () => socket.destroy(),
  };
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
