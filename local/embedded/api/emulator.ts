/** serverless-offline's Lambda API, on a socket that nobody but this user reaches, and no browser. */
import { Pool } from 'undici';

/** After its own limit for a function, which is 10 s: an emulator that does not keep it is given up. */
const TIMEOUT_MS = 15_000;
/** A function that ended in time leaves its connection for the next. */
const KEEP_ALIVE_MS = 4000;

/** What came of an invocation. */
export interface Invoked {
  /** What the function returned, as JSON; of one that failed, the emulator's account of it. */
  readonly payload: string;
  readonly isFailed: boolean;
}

export interface Emulator {
  /** @throws Error when there is no emulator, or it ended meanwhile: whether the function ran is then not known */
  invoke(functionName: string, event: string): Promise<Invoked>;
  close(): Promise<void>;
}

/** @param connections invocations at once */
export function connectEmulator(socketPath: string, connections: number): Emulator {
  const pool = new Pool('http://localhost', {
    socketPath,
    connections,
    pipelining: 1,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  return {
    async invoke(functionName, event) {
      const { statusCode, headers, body } = await pool.request({
        method: 'POST',
        path: `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`,
        body: event,
      });
      const payload = await body.text();
      return { payload, isFailed: statusCode >= 300 || headers['x-amz-function-error'] !== undefined };
    },
    close: () => pool.destroy(),
  };
}
