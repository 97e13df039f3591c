/** The one way in which console, demo and doctor ask the parts of the system. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod/mini';

const POLL_INTERVAL_MS = 100;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Why nothing was answered, and the code that says so (`ECONNREFUSED`). */
export interface Unreachable {
  readonly failure: 'refused' | 'unknown host' | 'silent' | 'not HTTP';
  readonly code: string;
}

/**
 * An answer of any status, or why there is none. Never throws. `fetch` closes a connection that was idle for four
 * seconds; the
 * API does after five, so no question meets a connection that is just being closed.
 * @param limitMs until the end of the body; a `signal` in `init` ends it earlier
 */
export async function ask(url: string, limitMs: number, init: RequestInit = {}): Promise<Reply | Unreachable> {
  const signals = [AbortSignal.timeout(limitMs), ...(init.signal ? [init.signal] : [])];
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.any(signals) });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    return toUnreachable(error);
  }
}

export function isReply(result: Reply | Unreachable): result is Reply {
  return 'status' in result;
}

/** Nothing listens there: it is not worth another try. */
export function isRefused(result: Reply | Unreachable): boolean {
  return !isReply(result) && result.failure === 'refused';
}

/** For those who can say no more than that nothing answers. @throws Error with these words */
export function requireReply(result: Reply | Unreachable, words: string): Reply {
  if (isReply(result)) return result;
  throw new Error(words);
}

/** A reply's JSON, or undefined when it is not JSON of this shape. */
export function readJson<T extends z.ZodMiniType>(schema: T, reply: Reply | Unreachable): z.infer<T> | undefined {
  return isReply(reply) ? parseJson(schema, reply.text) : undefined;
}

/** The value of a JSON text, or undefined when it is not JSON of this shape. */
export function parseJson<T extends z.ZodMiniType>(schema: T, text: string): z.infer<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Repeats a question until its answer is good or the time is up; the last answer is returned either way. */
export async function poll<T>(
  question: () => Promise<T>,
  isGood: (answer: T) => boolean,
  timeoutMs: number,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await question();
    if (isGood(answer) || performance.now() >= deadline) return answer;
    await sleep(POLL_INTERVAL_MS);
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
