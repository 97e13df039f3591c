/** What the APIs of an execution environment have in common: one server, JSON, and errors by their type. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly response: ServerResponse;
}

/** Answers what is one of its operations, now or later; false: it is none. */
export type Operations = (call: Call) => boolean;

export interface HttpApi {
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

export async function startHttpApi(apis: readonly Operations[]): Promise<HttpApi> {
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const answer = (body: string) => {
      if (!apis.some((answers) => answers({ method, path, headers, body, response })))
        refuse(response, 404, 'NoSuchOperation');
    };
    void text(request)
      .then(answer)
      .catch(() => response.destroy());
  });
  // A handler may take its time, after which its process asks on the same connection.
  server.keepAliveTimeout = 0;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

export function accept(response: ServerResponse): void {
  reply(response, 202, { status: 'OK' });
}

export function refuse(response: ServerResponse, status: number, errorType: string): void {
  reply(response, status, { errorType });
}

export function reply(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}
