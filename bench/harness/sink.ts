import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Bench } from './benchmark.ts';
import { createRequestReader } from './request-reader.ts';
import { countSpans, countSpansOfXrayDaemon } from './span-count.ts';

/** Takes what a peer exports, and counts it. */
export interface Sink {
  /** The base URL for OTLP/HTTP: http://127.0.0.1:4318. */
  readonly endpoint: string;
  /** `host:port` of what passes for the X-Ray daemon, which some send to by UDP. */
  readonly xrayAddress: string;
  /** Received since the last call. */
  readonly take: () => Received;
}

export interface Received {
  readonly spans: number;
  /** Of traces. */
  readonly exports: number;
  /** Of their bodies. */
  readonly bytes: number;
}

/**
 * An OTLP/HTTP collector, for JSON and protobuf, that answers at once; gone at the end of the benchmark. It stands for
 * another machine: so it does as little as can be, and looks at what it got when it is asked.
 */
export async function startSink(bench: Pick<Bench, 'cleanup'>): Promise<Sink> {
  let exports: { readonly bytes: number; readonly spans: () => number }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    const read = createRequestReader();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A peer that was ended.
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      for (const { path, contentType, body } of read(bytes)) {
        socket.write(answer(contentType));
        if (path.endsWith('/v1/traces'))
          exports.push({ bytes: body.length, spans: () => countSpans(contentType, body) });
      }
    });
  });
  const daemon = createSocket('udp4', (message) =>
    exports.push({ bytes: message.length, spans: () => countSpansOfXrayDaemon(message) }),
  );
  daemon.bind(0, '127.0.0.1');
  server.listen(0, '127.0.0.1');
  await Promise.all([once(daemon, 'listening'), once(server, 'listening')]);
  bench.cleanup(() => {
    daemon.close();
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    xrayAddress: `127.0.0.1:${daemon.address().port}`,
    take() {
      const taken = exports;
      exports = [];
      return {
        spans: sum(taken.map(({ spans }) => spans())),
        exports: taken.length,
        bytes: sum(taken.map(({ bytes }) => bytes)),
      };
    },
  };
}

function answer(contentType: string): string {
  const body = contentType.includes('json') ? '{}' : '';
  return `HTTP/1.1 200 OK\r\ncontent-type: ${contentType}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
