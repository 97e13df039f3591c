/** The Runtime API of Lambda, for one process: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Delivery {
  readonly requestId: string;
  /** Unix time in milliseconds. */
  readonly deadline: number;
  readonly functionArn: string;
  /** The X-Ray header. */
  readonly traceHeader: string;
  /** JSON. */
  readonly event: string;
}

/** What the runtime made of an invocation; the body is JSON. */
export interface Outcome {
  readonly kind: 'response' | 'error';
  readonly body: string;
}

/** Gives the runtime the invocation that it asked for, and tells what came of it. */
export type Deliver = (delivery: Delivery) => Promise<Outcome>;

export interface RuntimeApi {
  /** `host:port`. */
  readonly address: string;
  /** The body of the error that the runtime met before it could ask for anything. */
  readonly initError: Promise<string>;
  /** Waits for the runtime to ask for an invocation. */
  asked(): Promise<Deliver>;
  close(): Promise<void>;
}

const PREFIX = '/2018-06-01/runtime';

interface Pending {
  readonly requestId: string;
  readonly outcome: PromiseWithResolvers<Outcome>;
}

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const initError = Promise.withResolvers<string>();
  let asked = Promise.withResolvers<Deliver>();
  let pending: Pending | undefined;

  function next(response: ServerResponse): void {
    asked.resolve((delivery) => {
      asked = Promise.withResolvers();
      pending = { requestId: delivery.requestId, outcome: Promise.withResolvers() };
      response.writeHead(200, headersOf(delivery)).end(delivery.event);
      return pending.outcome.promise;
    });
  }
  function settle(response: ServerResponse, requestId: string, outcome: Outcome): void {
    if (pending?.requestId === requestId) {
      pending.outcome.resolve(outcome);
      pending = undefined;
      accept(response);
    } else refuse(response, 400, 'InvalidRequestID');
  }
  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const path = request.url?.startsWith(PREFIX) ? request.url.slice(PREFIX.length) : '';
    const [, requestId, kind] = /^\/invocation\/([\w-]+)\/(response|error)$/.exec(path) ?? [];
    if (request.method === 'GET' && path === '/invocation/next') next(response);
    else if (request.method !== 'POST') refuse(response, 404, 'NoSuchOperation');
    else if (path === '/init/error') {
      initError.resolve(body);
      accept(response);
    } else if (requestId === undefined) refuse(response, 404, 'NoSuchOperation');
    else settle(response, requestId, { kind: kind === 'error' ? 'error' : 'response', body });
  }

  const server = createServer((request, response) => void route(request, response).catch(() => response.destroy()));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    initError: initError.promise,
    asked: () => asked.promise,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function headersOf({ requestId, deadline, functionArn, traceHeader }: Delivery) {
  return {
    'Content-Type': 'application/json',
    'Lambda-Runtime-Aws-Request-Id': requestId,
    'Lambda-Runtime-Deadline-Ms': String(deadline),
    'Lambda-Runtime-Invoked-Function-Arn': functionArn,
    'Lambda-Runtime-Trace-Id': traceHeader,
  };
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}');
}

function refuse(response: ServerResponse, status: number, errorType: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ errorType }));
}
