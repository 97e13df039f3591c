import { connect } from 'node:net';
import { ask, type Reply } from '../client/http.ts';
import { broken, type Broken } from './hop.ts';

/** Why nothing was answered, and the code that says so (`ECONNREFUSED`). */
export interface Unreachable {
  readonly failure: 'refused' | 'unknown host' | 'silent' | 'not HTTP';
  readonly code: string;
}

/** An answer of any status, or why there is none. Never throws. */
export async function reach(url: string, limitMs: number, init: RequestInit = {}): Promise<Reply | Unreachable> {
  try {
    return await ask(url, { ...init, signal: AbortSignal.timeout(limitMs) });
  } catch (error) {
    return toUnreachable(error);
  }
}

export function isReply(result: Reply | Unreachable): result is Reply {
  return 'status' in result;
}

/** Of a failed fetch, or of a failed connection: the innermost cause knows. */
export function toUnreachable(error: unknown): Unreachable {
  if (!(error instanceof Error)) return { failure: 'not HTTP', code: 'unknown' };
  if (error.cause !== undefined) return toUnreachable(error.cause);
  // `localhost` has two addresses on many machines, and Node gives the first one up after a quarter of a second.
  if (error instanceof AggregateError && error.errors.some((each) => codeOf(each) === 'ECONNREFUSED'))
    return { failure: 'refused', code: 'ECONNREFUSED' };
  const code = codeOf(error) ?? error.name;
  return { failure: FAILURES[code] ?? 'not HTTP', code };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const FAILURES: Readonly<Record<string, Unreachable['failure']>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'unknown host',
  ETIMEDOUT: 'silent',
  TimeoutError: 'silent',
};

/** Something that is asked by HTTP, as its user knows it. */
export interface Place {
  readonly url: string;
  /** What should listen there. */
  readonly what: string;
  /** The setting that says where it is. */
  readonly setting: string;
  /** What to do when nothing listens there. */
  readonly start: string;
}

/** What it means that a place gives no answer at all. */
export function noAnswer({ url, what, setting, start }: Place, { failure, code }: Unreachable): Broken {
  const { hostname, host } = new URL(url);
  switch (failure) {
    case 'refused':
      return broken(
        `connection refused at ${host}`,
        `Nothing listens at ${host} (${setting}): ${what} is not up.`,
        start,
      );
    case 'unknown host':
      return broken(
        `no such host: ${hostname}`,
        `${setting} names a host that this machine does not know; the names of containers are known to containers only.`,
        `Put localhost in place of ${hostname} in ${setting}.`,
      );
    case 'silent':
      return broken(
        `no answer from ${host} in time`,
        `Something listens at ${host} (${setting}) and says nothing: ${what} hangs, or is suspended.`,
        start,
      );
    case 'not HTTP':
      return broken(
        `no HTTP from ${host} (${code})`,
        `What listens at ${host} (${setting}) does not speak HTTP, or has just ended: it may be another program than ${what}.`,
        `Find out what listens there, or set ${setting} to where ${what} is.`,
      );
  }
}

/** Whether a TCP port takes connections: undefined when it does. */
export function knock(host: string, port: number, limitMs: number): Promise<Unreachable | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: limitMs });
    const settle = (result: Unreachable | undefined) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => settle(undefined));
    socket.once('timeout', () => settle({ failure: 'silent', code: 'ETIMEDOUT' }));
    socket.once('error', (error) => settle(toUnreachable(error)));
  });
}
