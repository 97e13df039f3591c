import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { SUBMISSION } from '../../tests/fixtures/http.ts';
import type { Bench } from '../harness/benchmark.ts';
import { cpuMs } from '../harness/cpu.ts';
import { median, quantile } from '../harness/statistics.ts';
import type { Round } from './lanes.ts';

/** A server exports in batches, when it has the time. */
const EXPORT_DELAY_MS = 500;

/** The peer: one process with a pool of connections, which is sent as many requests at once. */
export async function startOrdinaryServer(
  bench: Bench,
  folder: string,
  lanes: number,
  environment: Record<string, string>,
): Promise<(submits: number) => Promise<Round>> {
  const register = '@opentelemetry/auto-instrumentations-node/register';
  const child = spawn(process.execPath, ['--require', register, 'server.cjs'], {
    cwd: folder,
    env: { ...environment, CONNECTIONS: String(lanes), OTEL_BSP_SCHEDULE_DELAY: String(EXPORT_DELAY_MS) },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  bench.cleanup(() => child.kill('SIGKILL'));
  const pid = child.pid ?? 0;
  const [address] = (await once(child.stdout, 'data')) as [Buffer];
  const submit = submitterTo(address.toString().trim(), lanes);

  return async (submits) => {
    const before = cpuMs(pid);
    const started = performance.now();
    const times = (await Promise.all(Array.from({ length: lanes }, () => timesOf(submits, submit)))).flat();
    const seconds = (performance.now() - started) / 1000;
    // Its telemetry is to be over, and in its CPU.
    await sleep(2 * EXPORT_DELAY_MS);
    return {
      p50Ms: median(times),
      p90Ms: quantile(times, 0.9),
      perSecond: times.length / seconds,
      cpuUs: ((cpuMs(pid) - before) / times.length) * 1000,
      flushP50Ms: NaN,
    };
  };
}

async function timesOf(submits: number, submit: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let done = 0; done < submits; done++) {
    const started = performance.now();
    await submit();
    times.push(performance.now() - started);
  }
  return times;
}

function submitterTo(address: string, lanes: number): () => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const body = JSON.stringify(SUBMISSION);
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return () =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(`${address}/prior-auth/submit`, { method: 'POST', agent, headers }, (answer) => {
        if (answer.statusCode !== 201) reject(new Error(`the ordinary server answered ${answer.statusCode}`));
        answer.resume().once('end', resolve);
      });
      sent.once('error', reject).end(body);
    });
}
