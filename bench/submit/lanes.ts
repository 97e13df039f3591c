import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Bench } from '../harness/benchmark.ts';
import { cpuMs } from '../harness/cpu.ts';
import { median, quantile } from '../harness/statistics.ts';
import type { Measured } from './loop.ts';

export interface Round {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly perSecond: number;
  /** Of the processes at work, user and system, per submit. */
  readonly cpuUs: number;
  /** NaN where nothing is flushed. */
  readonly flushP50Ms: number;
}

/** Processes with a connection each, which submit at the same time when they are told to. */
export function startLanes(bench: Bench, file: string, lanes: number, environment: Record<string, string>) {
  const children = Array.from({ length: lanes }, () => {
    const options = {
      env: environment,
      // To a file it would be written on the disk of the database, which waits for that disk.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'] as ['ignore', 'ignore', 'inherit', 'ipc'],
    };
    const child = fork(join(import.meta.dirname, file), options);
    bench.cleanup(() => child.kill('SIGKILL'));
    // Once for all rounds: a listener for each would be kept until the child ends.
    const ended = new Promise<[undefined]>((resolve) => child.once('exit', () => resolve([undefined])));
    return { child, ended };
  });
  const pids = children.map(({ child }) => child.pid ?? 0);

  return async (submits: number): Promise<Round> => {
    const cpu = () => pids.reduce((sum, pid) => sum + cpuMs(pid), 0);
    const before = cpu();
    const started = performance.now();
    const measured = await Promise.all(
      children.map(async ({ child, ended }) => {
        const answered = Promise.race([once(child, 'message'), ended]);
        child.send(submits);
        const [answer] = (await answered) as [Measured | undefined];
        if (answer === undefined) throw new Error(`${file} ended`);
        return answer;
      }),
    );
    const seconds = (performance.now() - started) / 1000;
    const times = measured.flatMap(({ timesMs }) => timesMs);
    return {
      p50Ms: median(times),
      p90Ms: quantile(times, 0.9),
      perSecond: times.length / seconds,
      cpuUs: ((cpu() - before) / times.length) * 1000,
      flushP50Ms: median(measured.flatMap(({ flushesMs }) => flushesMs)),
    };
  };
}
