/** What stands around an execution environment: its APIs, its processes, and what ends them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { aboutFunction, environmentOf, extensionEnvironmentOf, type FunctionConfiguration } from './configuration.ts';
import { createExtensionsApi, type ExtensionsApi, type Send } from './extensions-api.ts';
import { extensionCrash, runtimeExit, type Failure } from './failure.ts';
import { startHttpApi, type HttpApi } from './http-api.ts';
import { createRuntimeApi, type Deliver, type RuntimeApi } from './runtime-api.ts';
import { createSandbox, type Sandbox, type SandboxProcess } from './sandbox.ts';
import { shutDown, type ShutdownReason } from './shutdown.ts';

export interface PlatformOptions extends FunctionConfiguration {
  /** The folder that has `opt` and `var/task`. */
  readonly root: string;
  /** All that the processes write is appended to it. */
  readonly logFile: string;
  /** Whether it is frozen while nobody needs it, as on Lambda. */
  readonly freezes: boolean;
}

/** The runtime and all extensions have asked for an event; these give it to them. */
export interface Ready {
  readonly deliver: Deliver;
  /** To the extensions that want to hear of invocations. */
  readonly sends: readonly Send[];
}

export interface Platform {
  /** Undefined while the external extensions have not registered. */
  readonly runtime: () => SandboxProcess | undefined;
  /** Of the runtime, by `performance.now()`. */
  readonly spawned: Promise<number>;
  /** The runtime asked for an event, for the first time or again. */
  readonly polled: () => Promise<unknown>;
  /** Waits until nobody has anything left to do, and freezes them all. */
  readonly idle: () => Promise<Ready>;
  readonly thaw: () => void;
  /** Settles when everything has ended, because of a failure. */
  readonly over: Promise<Failure>;
  fail(reason: ShutdownReason, failure: Failure): void;
  end(reason: ShutdownReason): Promise<void>;
}

interface Parts {
  readonly api: HttpApi;
  readonly runtimeApi: RuntimeApi;
  readonly extensions: ExtensionsApi;
  readonly sandbox: Sandbox;
}

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const names = externalExtensions(options.root);
  const runtimeApi = createRuntimeApi();
  const extensions = createExtensionsApi(names, aboutFunction(options));
  const api = await startHttpApi([runtimeApi.operations, extensions.operations]);
  const sandbox = createSandbox({ cwd: join(options.root, 'var/task'), logFile: options.logFile });
  try {
    return startProcesses(options, names, { api, runtimeApi, extensions, sandbox });
  } catch (error) {
    await api.close();
    throw error;
  }
}

function startProcesses(options: PlatformOptions, names: readonly string[], parts: Parts): Platform {
  const { api, runtimeApi, extensions, sandbox } = parts;
  const external = new Map<string, SandboxProcess>();
  let runtime: SandboxProcess | undefined;
  let ended: Promise<void> | undefined;
  const over = Promise.withResolvers<Failure>();

  function end(reason: ShutdownReason): Promise<void> {
    sandbox.thaw();
    ended ??= shutDown({ reason, runtime, registered: extensions.registered(), external }).then(() => api.close());
    return ended;
  }
  function fail(reason: ShutdownReason, failure: Failure): void {
    void end(reason).then(() => over.resolve(failure));
  }
  function startRuntime(): number {
    const spawned = performance.now();
    runtime = sandbox.start(
      [process.execPath, join(import.meta.dirname, 'bootstrap.cjs')],
      environmentOf(options, options.root, api.address),
    );
    void runtime.exited.then((exit) => fail('FAILURE', runtimeExit(exit)));
    return spawned;
  }
  for (const name of names) {
    const path = join(options.root, 'opt/extensions', name);
    const started = sandbox.start([path], extensionEnvironmentOf(options, options.root, api.address));
    void started.exited.then((exit) => fail('FAILURE', extensionCrash(exit)));
    external.set(name, started);
  }
  void runtimeApi.initError.then((body) => fail('FAILURE', { failure: JSON.parse(body) as Failure['failure'] }));
  void extensions.error.then((failure) => fail('FAILURE', failure));
  return {
    runtime: () => runtime,
    // At once where it can be, so that a refused configuration is thrown.
    spawned: names.length === 0 ? Promise.resolve(startRuntime()) : extensions.allRegistered.then(startRuntime),
    polled: runtimeApi.asked,
    async idle() {
      const deliver = await runtimeApi.asked();
      extensions.close();
      const asked = extensions.registered().map(async ({ events, asked }) => ({ events, send: await asked() }));
      const sends = (await Promise.all(asked)).filter(({ events }) => events.includes('INVOKE'));
      if (options.freezes && ended === undefined) sandbox.freeze();
      return { deliver, sends: sends.map(({ send }) => send) };
    },
    thaw: () => sandbox.thaw(),
    over: over.promise,
    fail,
    end,
  };
}

/** The files of /opt/extensions: each is a program. */
function externalExtensions(root: string): string[] {
  try {
    return readdirSync(join(root, 'opt/extensions'), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
