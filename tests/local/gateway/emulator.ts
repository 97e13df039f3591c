/** A Lambda API on a socket of its own, which answers as a test says and keeps what it was sent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openFunctions, type Functions } from '../../../local/embedded/api/functions.ts';
import type { LaneLimits } from '../../../local/embedded/api/lane.ts';

export interface Invocation {
  readonly functionName: string;
  /** As the emulator was sent it. */
  readonly text: string;
  readonly event: Record<string, unknown>;
}

export interface FakeEmulator {
  readonly invocations: readonly Invocation[];
  readonly functions: Functions;
  /** Invocations under way now, and the most that ever were. */
  readonly atOnce: () => { now: number; most: number };
}

export type Behaviour = (invocation: Invocation, response: ServerResponse) => void | Promise<void>;

export const OK = JSON.stringify({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: '{"ok":true}',
});

const answerOk: Behaviour = (_invocation, response) => void response.end(OK);

const cleanups: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

export async function startEmulator(
  behave: Behaviour = answerOk,
  { concurrency = 2, limits }: { concurrency?: number; limits?: Omit<LaneLimits, 'slots'> } = {},
): Promise<FakeEmulator> {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-emulator-'));
  const socket = join(folder, 'lambda');
  const invocations: Invocation[] = [];
  let [now, most] = [0, 0];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const [, functionName = ''] = /^\/2015-03-31\/functions\/(\w+)\/invocations$/.exec(request.url ?? '') ?? [];
      const invocation = { functionName, text, event: JSON.parse(text) as Record<string, unknown> };
      invocations.push(invocation);
      most = Math.max(most, ++now);
      response.once('close', () => now--);
      void behave(invocation, response);
    });
  });
  await new Promise<void>((done) => server.listen(socket, done));
  const functions = openFunctions(socket, concurrency, limits);
  cleanups.push(async () => {
    await functions.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    rmSync(folder, { recursive: true, force: true });
  });
  return { invocations, functions, atOnce: () => ({ now, most }) };
}
