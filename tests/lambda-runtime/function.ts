/** A Lambda function on this machine: what is deployed, started by Lambda's own rules. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEnvironment, type Environment, type Invocation, type StartTimings } from './environment.ts';
import type { FunctionConfiguration } from './configuration.ts';

/** Of Lambda: longer than that no function may take to start. */
const INIT_TIMEOUT_MS = 10_000;

export interface FunctionOptions extends FunctionConfiguration {
  /** The folder of the code, an unpacked zip or dist/functions/<name>: it becomes /var/task. */
  readonly task: string;
  /** The folder of the layer, which becomes /opt; of several, each is laid over those before it. */
  readonly layer?: string | readonly string[];
  readonly timeoutMs: number;
  readonly initTimeoutMs?: number;
  /** The time of day, in milliseconds: by default this machine's. For functions that are shown another one. */
  readonly now?: () => number;
  /** Whether the processes are frozen when nobody has anything left to do, by default as on Lambda: yes. */
  readonly freezes?: boolean;
}

export interface LambdaFunction {
  /** Waits for the invocations before it: there is one environment, and it takes one at a time. */
  readonly invoke: (event: unknown, traceHeader?: string) => Promise<Invocation>;
  /** What the function and its extensions wrote so far, to standard output and standard error alike. */
  readonly lines: () => string[];
  /** The process ids of its environments' runtimes, the last one's last. */
  readonly pids: () => readonly number[];
  /** Of its environments' starts, the last one's last. An invocation has timings of its own. */
  readonly starts: () => readonly StartTimings[];
  readonly stop: () => Promise<void>;
}

/**
 * Starts a function, as Lambda does before the first event. When its environment is over, or could not be started, the
 * next event starts another within its own time.
 *
 * The folders are copied away from this repository, so that a function finds nothing but what it was deployed with.
 * @throws Error when Lambda would refuse the configuration
 */
export async function startFunction(options: FunctionOptions): Promise<LambdaFunction> {
  const root = mkdtempSync(join(tmpdir(), 'lambda-'));
  const logFile = join(root, 'log');
  const now = options.now ?? Date.now;
  const readLog = () => readFileSync(logFile, 'utf8').split('\n').slice(0, -1);
  /** All of it, when the function was stopped. */
  let log: string[] | undefined;
  const environments: Environment[] = [];
  const start = async (initLimitMs: number) => {
    const environment = await startEnvironment({ freezes: true, ...options, now, root, logFile, initLimitMs });
    environments.push(environment);
    return environment;
  };
  unpack(options, root);
  let environment = await start(options.initTimeoutMs ?? INIT_TIMEOUT_MS).catch((error: unknown) => {
    rmSync(root, { recursive: true });
    throw error;
  });
  let last: Promise<unknown> = Promise.resolve();
  const take = async (event: unknown, traceHeader: string | undefined) => {
    const isSpent = await environment.isSpent();
    const deadline = now() + options.timeoutMs;
    if (isSpent) {
      await environment.stop();
      environment = await start(deadline - now());
    }
    return environment.invoke(event, deadline, traceHeader);
  };
  return {
    invoke(event, traceHeader) {
      const invocation = last.then(() => take(event, traceHeader));
      last = invocation.catch(() => undefined);
      return invocation;
    },
    lines: () => log ?? readLog(),
    pids: () => environments.map(({ pid }) => pid()),
    starts: () => environments.map(({ timings }) => timings),
    async stop() {
      await environment.stop();
      log ??= readLog();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function unpack({ task, layer = [] }: FunctionOptions, root: string): void {
  mkdirSync(join(root, 'opt'));
  cpSync(task, join(root, 'var/task'), { recursive: true });
  for (const folder of [layer].flat()) cpSync(folder, join(root, 'opt'), { recursive: true });
}
