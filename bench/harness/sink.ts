import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Bench } from './benchmark.ts';
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

const NOTHING: Received = { spans: 0, exports: 0, bytes: 0 };

/** An OTLP/HTTP collector, for JSON and protobuf, that answers at once; gone at the end of the benchmark. */
export async function startSink(bench: Pick<Bench, 'cleanup'>): Promise<Sink> {
  let received = NOTHING;
  const add = (spans: number, bytes: number) => {
    received = { spans: received.spans + spans, exports: received.exports + 1, bytes: received.bytes + bytes };
  };
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const contentType = request.headers['content-type'] ?? '';
      if (request.url?.endsWith('/v1/traces')) add(countSpans(contentType, body), body.length);
      response.writeHead(200, { 'content-type': contentType }).end(contentType.includes('json') ? '{}' : '');
    });
  });
  const daemon = createSocket('udp4', (message) => add(countSpansOfXrayDaemon(message), message.length));
  // Nobody is to meet a connection that was closed while another candidate was at work.
  server.keepAliveTimeout = 0;
  daemon.bind(0, '127.0.0.1');
  server.listen(0, '127.0.0.1');
  await Promise.all([once(daemon, 'listening'), once(server, 'listening')]);
  bench.cleanup(() => {
    daemon.close();
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`,
    xrayAddress: `127.0.0.1:${daemon.address().port}`,
    take() {
      const taken = received;
      received = NOTHING;
      return taken;
    },
  };
}
