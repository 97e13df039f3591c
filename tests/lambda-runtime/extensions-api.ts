/** The Extensions API of Lambda: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import { failure, type Failure } from './failure.ts';
import { accept, refuse, reply, type Call, type Operations } from './http-api.ts';

/** Gives an extension the event that it asked for. */
export type Send = (event: object) => void;

export interface Extension {
  readonly name: string;
  /** Whether it is a process of its own; one that is not lives in the runtime's. */
  readonly isExternal: boolean;
  readonly events: readonly ('INVOKE' | 'SHUTDOWN')[];
  /** Waits for it to ask for an event. */
  readonly asked: () => Promise<Send>;
}

export interface ExtensionsApi {
  readonly operations: Operations;
  readonly registered: () => readonly Extension[];
  /** Waits for the external extensions to register; the runtime is started after that. */
  readonly allRegistered: Promise<unknown>;
  /** No extension may register from now on. */
  close(): void;
  /** What an extension says that it died of. */
  readonly error: Promise<Failure>;
}

const PREFIX = '/2020-01-01/extension';
const MAX_EXTENSIONS = 10;
const Registration = z.object({ events: z._default(z.array(z.enum(['INVOKE', 'SHUTDOWN'])), []) });

/** @param external the names of the external extensions: of their files */
export function createExtensionsApi(external: readonly string[], about: object): ExtensionsApi {
  const extensions = new Map<string, Extension & { ask(response: ServerResponse): void }>();
  const allRegistered = Promise.withResolvers<true>();
  const error = Promise.withResolvers<Failure>();
  let isClosed = false;
  if (external.length === 0) allRegistered.resolve(true);

  function register({ headers, body, response }: Call): void {
    const name = String(headers['lambda-extension-name'] ?? '');
    const isExternal = external.includes(name);
    const events = parseEvents(body);
    const fault = faultOf(name, isExternal, events);
    if (fault !== undefined) {
      refuse(response, 403, `Extension.${fault}`);
      return;
    }
    const id = randomUUID();
    extensions.set(id, createExtension(id, name, isExternal, events ?? []));
    reply(response, 200, about, { 'Lambda-Extension-Identifier': id });
    const names = [...extensions.values()].map((extension) => extension.name);
    if (external.every((name) => names.includes(name))) allRegistered.resolve(true);
  }
  function faultOf(name: string, isExternal: boolean, events: Extension['events'] | undefined): string | undefined {
    if (name === '') return 'InvalidExtensionName';
    if (events === undefined || (!isExternal && events.includes('SHUTDOWN'))) return 'InvalidEventType';
    if (isClosed) return 'RegistrationClosed';
    if ([...extensions.values()].some((extension) => extension.name === name)) return 'InvalidExtensionState';
    return extensions.size >= MAX_EXTENSIONS ? 'TooManyExtensions' : undefined;
  }
  function fail({ headers, response }: Call, phase: string): void {
    const type = headers['lambda-extension-function-error-type'];
    if (type === undefined) {
      refuse(response, 403, 'Extension.MissingHeader');
      return;
    }
    error.resolve(failure(`Extension.${phase}Error`, String(type)));
    accept(response);
  }
  const operations: Operations = (call) => {
    const operation = call.path.startsWith(PREFIX) ? `${call.method} ${call.path.slice(PREFIX.length)}` : '';
    const extension = extensions.get(String(call.headers['lambda-extension-identifier']));
    if (operation === 'POST /register') register(call);
    else if (!['GET /event/next', 'POST /init/error', 'POST /exit/error'].includes(operation)) return false;
    else if (extension === undefined) refuse(call.response, 403, 'Extension.UnknownExtensionIdentifier');
    else if (operation === 'GET /event/next') extension.ask(call.response);
    else fail(call, operation === 'POST /init/error' ? 'Init' : 'Exit');
    return true;
  };
  return {
    operations,
    registered: () => [...extensions.values()],
    allRegistered: allRegistered.promise,
    close: () => void (isClosed = true),
    error: error.promise,
  };
}

function parseEvents(body: string): Extension['events'] | undefined {
  try {
    return Registration.parse(JSON.parse(body)).events;
  } catch {
    return undefined;
  }
}

function createExtension(id: string, name: string, isExternal: boolean, events: Extension['events']) {
  let asked = Promise.withResolvers<Send>();
  return {
    name,
    isExternal,
    events,
    asked: () => asked.promise,
    ask: (response: ServerResponse) =>
      asked.resolve((event) => {
        asked = Promise.withResolvers();
        reply(response, 200, event, { 'Lambda-Extension-Identifier': id });
      }),
  };
}
