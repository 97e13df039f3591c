/**
 * How Lambda ends an environment:
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
 */
import type { Extension } from './extensions-api.ts';
import type { SandboxProcess } from './sandbox.ts';

export type ShutdownReason = 'SPINDOWN' | 'TIMEOUT' | 'FAILURE';

export interface Ending {
  readonly reason: ShutdownReason;
  /** Undefined: it was not started yet. */
  readonly runtime: SandboxProcess | undefined;
  readonly registered: readonly Extension[];
  /** The processes of the external extensions, by name. */
  readonly external: ReadonlyMap<string, SandboxProcess>;
}

/** What the runtime has, with external extensions only, and where there is an internal one. */
const RUNTIME_MS = 300;
const RUNTIME_WITH_EXTENSION_MS = 500;
/** What it and the external extensions have together. */
const TOTAL_MS = 2000;

/**
 * Without any extension the runtime is killed without a word; with one it has a SIGTERM before, and external ones an
 * event.
 */
export async function shutDown({ reason, runtime, registered, external }: Ending): Promise<void> {
  const deadline = Date.now() + TOTAL_MS;
  const hasInternal = registered.some(({ isExternal }) => !isExternal);
  if (registered.length === 0) await runtime?.kill();
  else await runtime?.terminate(hasInternal ? RUNTIME_WITH_EXTENSION_MS : RUNTIME_MS);
  const event = { eventType: 'SHUTDOWN', shutdownReason: reason, deadlineMs: deadline };
  const end = async ([name, process]: [string, SandboxProcess]) => {
    const extension = registered.find((extension) => extension.name === name);
    if (extension?.events.includes('SHUTDOWN')) {
      void extension.asked().then((send) => send(event));
      await Promise.race([process.exited, sleep(deadline - Date.now())]);
    }
    await process.kill();
  };
  await Promise.all([...external].map(end));
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((over) => void setTimeout(over, milliseconds).unref());
}
