import { spawn } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as z from 'zod/mini';
import type { Bench } from '../harness/benchmark.ts';
import { cpuMs } from '../harness/cpu.ts';

const RUNNER = resolve(import.meta.dirname, '../../tests/fixtures/run-handler.cjs');
const Answer = z.object({ statusCode: z.literal(201) });

export interface Round {
  /** Of the function's process, user and system, per invocation. */
  readonly cpuUs: number;
  readonly wallUs: number;
  /** What it wrote to standard output, per invocation. */
  readonly outputBytes: number;
}

export interface WarmFunction {
  readonly round: (invocations: number) => Promise<Round>;
}

interface Options {
  /** A built handler. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly event: object;
}

/** A process that takes events one after another; it waits for nothing but its database and the sink of its spans. */
export function startWarmFunction(bench: Bench, name: string, { bundle, environment, event }: Options): WarmFunction {
  const output = join(bench.folder, `${name}.log`);
  const log = openSync(output, 'w');
  const child = spawn(process.execPath, [RUNNER, bundle], {
    env: environment,
    stdio: ['pipe', log, 'inherit', 'pipe'],
  });
  closeSync(log);
  bench.cleanup(() => child.kill('SIGKILL'));
  const answers = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]();
  const line = `${JSON.stringify(event)}\n`;

  async function invoke(): Promise<void> {
    child.stdin?.write(line);
    const answer = await answers.next();
    if (answer.done || !Answer.safeParse(JSON.parse(answer.value)).success)
      throw new Error(`${name} answered ${answer.done ? 'nothing' : answer.value}`);
  }
  return {
    async round(invocations) {
      const before = { cpu: cpuMs(child.pid ?? 0), wall: performance.now(), bytes: statSync(output).size };
      for (let count = 0; count < invocations; count++) await invoke();
      const per = (after: number, first: number) => (after - first) / invocations;
      return {
        cpuUs: per(cpuMs(child.pid ?? 0), before.cpu) * 1000,
        wallUs: per(performance.now(), before.wall) * 1000,
        outputBytes: per(statSync(output).size, before.bytes),
      };
    },
  };
}
