/** The Runtime API of Lambda, for one process: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
import type { ServerResponse } from 'node:http';
import { accept, refuse, type Operations } from './http-api.ts';

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
  readonly operations: Operations;
  /** The body of the error that the runtime met before it could ask for anything. */
  readonly initError: Promise<string>;
  /** Waits for the runtime to ask for an invocation. */
  readonly asked: () => Promise<Deliver>;
}

const PREFIX = '/2018-06-01/runtime';

interface Pending {
  readonly requestId: string;
  readonly outcome: PromiseWithResolvers<Outcome>;
}

export function createRuntimeApi(): RuntimeApi {
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
  const operations: Operations = ({ method, path, body, response }) => {
    const [, requestId, kind] = /^\/2018-06-01\/runtime\/invocation\/([\w-]+)\/(response|error)$/.exec(path) ?? [];
    if (method === 'GET' && path === `${PREFIX}/invocation/next`) next(response);
    else if (method === 'POST' && path === `${PREFIX}/init/error`) {
      initError.resolve(body);
      accept(response);
    } else if (method === 'POST' && requestId !== undefined)
      settle(response, requestId, { kind: kind === 'error' ? 'error' : 'response', body });
    else return false;
    return true;
  };
  return { operations, initError: initError.promise, asked: () => asked.promise };
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
