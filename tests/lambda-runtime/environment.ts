/** One execution environment of Lambda: a process that takes one invocation after another, until it ends or is ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { startRuntimeApi, type Deliver, type Outcome, type RuntimeApi } from './runtime-api.ts';
import { arnOf, environmentOf, type FunctionConfiguration } from './configuration.ts';

export interface EnvironmentOptions extends FunctionConfiguration {
  /** The folder that has `opt` and `var/task`. */
  readonly root: string;
  /** All that the process writes is appended to it. */
  readonly logFile: string;
  readonly timeoutMs: number;
  readonly initTimeoutMs: number;
}

/** What an invocation came to, as the caller of Lambda's Invoke gets it. */
export interface Invocation {
  readonly requestId: string;
  /** What the handler returned, or `{ errorType, errorMessage }`. */
  readonly payload: unknown;
  readonly functionError?: 'Unhandled';
  /** From the event being handed to the runtime until its answer was there; 0 where nothing was handed over. */
  readonly responseMs: number;
  /** Milliseconds from then until everybody had asked for the next event, or the environment was over: what is billed. */
  readonly totalMs: Promise<number>;
}

/** Since the process was spawned; undefined: not yet. */
export interface StartTimings {
  readonly spawnToFirstPollMs?: number;
  readonly spawnToFirstAnswerMs?: number;
}

export interface Environment {
  readonly pid: number;
  readonly timings: StartTimings;
  /** Whether it had an invocation and takes no more: it failed to start, ended, or was ended because it took too long. */
  readonly isSpent: () => Promise<boolean>;
  /** One at a time: the one before must have been answered. */
  readonly invoke: (event: unknown, traceHeader?: string) => Promise<Invocation>;
  /** Ends the process as Lambda does where there is no extension: without a word. */
  readonly stop: () => Promise<void>;
}

type Answer = Pick<Invocation, 'requestId' | 'payload' | 'functionError'>;

interface Failure {
  readonly failure: { readonly errorType: string; readonly errorMessage: string };
}

export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const api = await startRuntimeApi();
  const spawned = performance.now();
  const timings: { -readonly [name in keyof StartTimings]: StartTimings[name] } = {};
  const child = await startProcess(options, api);
  const over = watch(child, api);
  let isUsed = false;
  const polled = api.asked().then((deliver) => {
    timings.spawnToFirstPollMs = performance.now() - spawned;
    return deliver;
  });
  let settled = within(options.initTimeoutMs, polled, over);

  async function invoke(event: unknown, traceHeader = newTraceHeader()): Promise<Invocation> {
    const requestId = randomUUID();
    const deliver = await settled;
    isUsed = true;
    if ('failure' in deliver) return { ...failed(requestId, deliver), responseMs: 0, totalMs: Promise.resolve(0) };
    const deadline = Date.now() + options.timeoutMs;
    const functionArn = arnOf(options);
    const handed = performance.now();
    const outcome = deliver({ requestId, deadline, functionArn, traceHeader, event: JSON.stringify(event) });
    // It lasts until the runtime asks for the next one, whenever it gave its answer.
    const asked = outcome.then(() => api.asked());
    settled = within(options.timeoutMs, asked, over);
    const totalMs = settled.then(() => performance.now() - handed);
    const came = await Promise.race([outcome, over.reason]);
    timings.spawnToFirstAnswerMs ??= performance.now() - spawned;
    return { ...toInvocation(requestId, came), responseMs: performance.now() - handed, totalMs };
  }
  async function isSpent(): Promise<boolean> {
    return isUsed && (hasExited(child) || 'failure' in (await settled));
  }
  async function stop(): Promise<void> {
    child.kill('SIGKILL');
    await over.ended;
  }
  return { pid: child.pid ?? 0, timings, isSpent, invoke, stop };
}

async function startProcess(options: EnvironmentOptions, api: RuntimeApi): Promise<ChildProcess> {
  const log = openSync(options.logFile, 'a');
  try {
    return spawn(process.execPath, [join(import.meta.dirname, 'bootstrap.cjs')], {
      cwd: join(options.root, 'var/task'),
      env: environmentOf(options, options.root, api.address),
      stdio: ['ignore', log, log],
    });
  } catch (error) {
    await api.close();
    throw error;
  } finally {
    closeSync(log);
  }
}

function hasExited({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

interface Over {
  /** Why the environment takes no more. */
  readonly reason: Promise<Failure>;
  /** Settles when the process and its Runtime API are gone. */
  readonly ended: Promise<void>;
  /** Ends the process because it took longer than it may. */
  readonly timeOut: (limitMs: number) => void;
}

/** Waits for the end of an environment: the runtime says that it cannot start, or the process ends. */
function watch(child: ChildProcess, api: RuntimeApi): Over {
  let limitMs: number | undefined;
  const initError = api.initError.then((body): Failure => ({ failure: JSON.parse(body) as Failure['failure'] }));
  // After anything that it said before: it waits for the answer to that.
  const exit = once(child, 'exit').then(([code, signal]: (number | string | null)[]): Failure => {
    return { failure: limitMs === undefined ? exitError(code ?? signal) : timeoutError(limitMs) };
  });
  const timeOut = (limit: number) => {
    limitMs = limit;
    child.kill('SIGKILL');
  };
  return { reason: Promise.race([initError, exit]), ended: exit.then(() => api.close()), timeOut };
}

/** Waits until the runtime asks for an invocation, or the environment is over; which it is when that takes too long. */
async function within(limitMs: number, asked: Promise<Deliver>, over: Over): Promise<Deliver | Failure> {
  const timer = setTimeout(() => over.timeOut(limitMs), limitMs);
  return Promise.race([asked, over.reason]).finally(() => clearTimeout(timer));
}

function toInvocation(requestId: string, outcome: Outcome | Failure): Answer {
  if ('failure' in outcome) return failed(requestId, outcome);
  const payload: unknown = JSON.parse(outcome.body);
  return outcome.kind === 'error' ? { requestId, payload, functionError: 'Unhandled' } : { requestId, payload };
}

function failed(requestId: string, { failure }: Failure): Answer {
  return { requestId, payload: failure, functionError: 'Unhandled' };
}

function exitError(how: string | number | null | undefined): Failure['failure'] {
  const reason = typeof how === 'number' ? `exit status ${how}` : `signal: ${how ?? 'unknown'}`;
  return { errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: ${reason}` };
}

function timeoutError(limitMs: number): Failure['failure'] {
  return { errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${(limitMs / 1000).toFixed(2)} seconds` };
}

function newTraceHeader(): string {
  const time = Math.floor(Date.now() / 1000).toString(16);
  const id = (bytes: number) => randomBytes(bytes).toString('hex');
  return `Root=1-${time}-${id(12)};Parent=${id(8)};Sampled=0`;
}
