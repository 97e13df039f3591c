import { apiRoutes, type Route } from './api/routes.ts';
import { createApi } from './api/server.ts';
import { listen } from './listen.ts';
import { createLogIndex, type LogIndex } from './logs.ts';
import { createReceiver } from './otlp/receiver.ts';
import { createTraceStore, type TraceStore } from './store.ts';

export interface Traces {
  readonly store: TraceStore;
  readonly logs: LogIndex;
  readonly otlpPort: number;
  readonly apiPort: number;
  /** Stops both servers at once. */
  close(): Promise<void>;
}

/**
 * The embedded trace store: an OTLP/HTTP receiver on one port, Jaeger's JSON query API on another, everything in
 * memory. What else is to be read from the second port `routes` makes of the store.
 * @throws an error that names the port and its setting, `OTLP_PORT` or `TRACES_PORT`, when one is taken; neither then
 * stays open.
 */
export async function startTraces(options: {
  host: string;
  otlpPort: number;
  apiPort: number;
  maxSpans?: number;
  maxLogLines?: number;
  maxBodyBytes?: number;
  routes?: (store: TraceStore) => Route[];
}): Promise<Traces> {
  const { host } = options;
  const store = createTraceStore(options.maxSpans);
  const logs = createLogIndex(options.maxLogLines);
  const receiver = await listen(createReceiver(store, options.maxBodyBytes), {
    host,
    port: options.otlpPort,
    part: 'OTLP receiver',
    setting: 'OTLP_PORT',
  });
  try {
    const routes = [...apiRoutes(store, logs), ...(options.routes?.(store) ?? [])];
    const api = await listen(createApi(routes), {
      host,
      port: options.apiPort,
      part: 'trace API',
      setting: 'TRACES_PORT',
    });
    return {
      store,
      logs,
      otlpPort: receiver.port,
      apiPort: api.port,
      async close() {
        await Promise.all([receiver.close(), api.close()]);
      },
    };
  } catch (error) {
    await receiver.close();
    throw error;
  }
}
