import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod/mini';

const ANSWER_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 100;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** @throws Error that says where nothing answers; an answer of any status is an answer. */
export async function ask(url: string, init: RequestInit = {}): Promise<Reply> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS), ...init });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (cause) {
    throw new Error(`Nothing answers at ${new URL(url).origin}.`, { cause });
  }
}

/** A reply's JSON, or undefined when it is not JSON of this shape. */
export function readJson<T extends z.ZodMiniType>(schema: T, { text }: Pick<Reply, 'text'>): z.infer<T> | undefined {
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
