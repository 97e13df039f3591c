import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { environmentOf } from '../../tests/lambda-runtime/configuration.ts';
import { startHttpApi } from '../../tests/lambda-runtime/http-api.ts';
import { createRuntimeApi } from '../../tests/lambda-runtime/runtime-api.ts';
import { cpuMs } from '../harness/cpu.ts';
import type { RuntimeClient } from '../harness/runtime-client.ts';
import type { Sink } from '../harness/sink.ts';

export interface ColdStart {
  /** From the spawn of the process until it asks for its first event, and until it has answered that. */
  readonly firstPollMs: number;
  readonly firstAnswerMs: number;
  /** Of all its threads, until the answer. */
  readonly cpuMs: number;
  /** That arrived at the sink. */
  readonly spans: number;
}

export interface Launch {
  readonly client: RuntimeClient;
  readonly nodeOptions?: readonly string[];
  /** With `var/task` and `opt`. */
  readonly root: string;
  /** `handler.handler` */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly event: unknown;
  readonly sink: Sink;
  /** Called with the process, so that it is ended when the benchmark is interrupted. */
  readonly started: (kill: () => void) => void;
}

const TIMEOUT_MS = 20_000;
const LATE_SPANS_MS = 200;
/** Sampled, or else what follows X-Ray's decision exports nothing. */
const TRACE_HEADER = 'Root=1-6a5c1f2e-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1';

/**
 * One cold start on this machine, by Lambda's rules.
 * @throws Error when the function does not answer, or with an error
 */
export async function coldStart(launch: Launch): Promise<ColdStart> {
  const runtimeApi = createRuntimeApi();
  const api = await startHttpApi([runtimeApi.operations]);
  const log = openSync(join(launch.root, 'log'), 'w');
  launch.sink.take();
  const spawned = performance.now();
  const child = spawn(process.execPath, [...(launch.nodeOptions ?? []), launch.client.file, launch.handler], {
    cwd: join(launch.root, 'var/task'),
    env: environmentOf({ ...launch, name: 'submit', memoryMb: 512 }, launch.root, api.address),
    stdio: ['ignore', log, log],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  launch.started(() => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const over = exited.then(() => {
    throw new Error(`the function ended before it answered: see its log in ${launch.root}`);
  });
  try {
    const deliver = await Promise.race([runtimeApi.asked(), over]);
    const firstPollMs = performance.now() - spawned;
    const outcome = await Promise.race([deliver(deliveryOf(launch.event)), over]);
    const firstAnswerMs = performance.now() - spawned;
    const cpu = cpuMs(child.pid ?? 0);
    if (outcome.kind === 'error' || !/"statusCode":2/.test(outcome.body)) throw new Error(outcome.body);
    return { firstPollMs, firstAnswerMs, cpuMs: cpu, spans: await spansAt(launch.sink) };
  } finally {
    over.catch(() => undefined);
    child.kill('SIGKILL');
    await exited;
    await api.close();
    closeSync(log);
  }
}

function deliveryOf(event: unknown) {
  return {
    requestId: randomUUID(),
    deadline: Date.now() + TIMEOUT_MS,
    functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:submit',
    traceHeader: TRACE_HEADER,
    event: JSON.stringify(event),
  };
}

/** Some send them without waiting for an answer. */
async function spansAt(sink: Sink): Promise<number> {
  let { spans } = sink.take();
  for (const end = performance.now() + LATE_SPANS_MS; spans === 0 && performance.now() < end;) {
    await sleep(10);
    spans = sink.take().spans;
  }
  return spans;
}
