/** One execution environment of Lambda: it takes one invocation after another, until it ends or is ended. */
import { randomBytes, randomUUID } from 'node:crypto';
import { arnOf } from './configuration.ts';
import { timeOut, type Failure } from './failure.ts';
import { startPlatform, type PlatformOptions, type Ready } from './platform.ts';
import type { Outcome } from './runtime-api.ts';

export interface EnvironmentOptions extends PlatformOptions {
  readonly timeoutMs: number;
  /** How long it may take until it can take an event. */
  readonly initLimitMs: number;
  /** The time of day, in milliseconds. */
  readonly now: () => number;
}

/** What an invocation came to, as the caller of Lambda's Invoke gets it. */
export interface Invocation {
  readonly requestId: string;
  /** What the handler returned, or `{ errorType, errorMessage }`. */
  readonly payload: unknown;
  readonly functionError?: 'Unhandled';
  /** From the event being handed to the runtime until its answer was there; 0 where nothing was handed over. */
  readonly responseMs: number;
  /** From the same time until everybody had asked for the next event, or the environment was over: what is billed. */
  readonly totalMs: Promise<number>;
}

/** Milliseconds since the process of the runtime was spawned; undefined: not yet. */
export interface StartTimings {
  readonly spawnToFirstPollMs?: number;
  /** Until every extension had asked for an event, too. */
  readonly initMs?: number;
  readonly spawnToFirstAnswerMs?: number;
}

export interface Environment {
  /** Of the runtime; 0 where it was not started, because an extension does not register. */
  readonly pid: () => number;
  readonly timings: StartTimings;
  /** Whether it takes no more: it failed to start, ended, or was ended because it took too long. */
  readonly isSpent: () => Promise<boolean>;
  /** One at a time: the one before must have been answered. @param deadline by `now` */
  readonly invoke: (event: unknown, deadline: number, traceHeader?: string) => Promise<Invocation>;
  readonly stop: () => Promise<void>;
}

type Answer = Pick<Invocation, 'requestId' | 'payload' | 'functionError'>;

export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const platform = await startPlatform(options);
  const timings: { -readonly [name in keyof StartTimings]: StartTimings[name] } = {};
  async function sinceSpawn(what: keyof StartTimings): Promise<void> {
    timings[what] = performance.now() - (await platform.spawned);
  }
  function within(limitMs: number, ready: Promise<Ready>): Promise<Ready | Failure> {
    const timer = setTimeout(() => platform.fail('TIMEOUT', timeOut(options.timeoutMs)), limitMs);
    return Promise.race([ready, platform.over]).finally(() => clearTimeout(timer));
  }
  void platform.polled().then(() => sinceSpawn('spawnToFirstPollMs'));
  let phase = within(options.initLimitMs, platform.idle());
  void phase.then(() => sinceSpawn('initMs'));

  async function invoke(event: unknown, deadline: number, traceHeader = newTraceHeader()): Promise<Invocation> {
    const requestId = randomUUID();
    const ready = await phase;
    if ('failure' in ready) return { ...failed(requestId, ready), responseMs: 0, totalMs: Promise.resolve(0) };
    const functionArn = arnOf(options);
    platform.thaw();
    const handed = performance.now();
    for (const send of ready.sends) send(invokeEvent(requestId, deadline, functionArn, traceHeader));
    const outcome = ready.deliver({ requestId, deadline, functionArn, traceHeader, event: JSON.stringify(event) });
    // It lasts until all ask for the next one, whenever the runtime gave its answer.
    const idle = outcome.then(() => platform.idle());
    phase = within(deadline - options.now(), idle);
    const totalMs = phase.then(() => performance.now() - handed);
    const answer = toAnswer(requestId, await Promise.race([outcome, platform.over]));
    const responseMs = performance.now() - handed;
    if (timings.spawnToFirstAnswerMs === undefined) await sinceSpawn('spawnToFirstAnswerMs');
    return { ...answer, responseMs, totalMs };
  }
  return {
    pid: () => platform.runtime()?.pid ?? 0,
    timings,
    isSpent: async () => 'failure' in (await phase) || (platform.runtime()?.hasExited() ?? true),
    invoke,
    stop: () => platform.end('SPINDOWN'),
  };
}

function invokeEvent(requestId: string, deadlineMs: number, invokedFunctionArn: string, traceHeader: string) {
  const tracing = { type: 'X-Amzn-Trace-Id', value: traceHeader };
  return { eventType: 'INVOKE', deadlineMs, requestId, invokedFunctionArn, tracing };
}

function toAnswer(requestId: string, outcome: Outcome | Failure): Answer {
  if ('failure' in outcome) return failed(requestId, outcome);
  const payload: unknown = JSON.parse(outcome.body);
  return outcome.kind === 'error' ? { requestId, payload, functionError: 'Unhandled' } : { requestId, payload };
}

function failed(requestId: string, { failure }: Failure): Answer {
  return { requestId, payload: failure, functionError: 'Unhandled' };
}

function newTraceHeader(): string {
  const time = Math.floor(Date.now() / 1000).toString(16);
  const id = (bytes: number) => randomBytes(bytes).toString('hex');
  return `Root=1-${time}-${id(12)};Parent=${id(8)};Sampled=0`;
}
