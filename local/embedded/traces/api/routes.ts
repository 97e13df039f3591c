import * as z from 'zod/mini';
import { HttpError, type Answer } from '../http.ts';
import type { LogIndex } from '../logs.ts';
import type { Operation } from '../operations.ts';
import type { StoredTrace, TraceStore } from '../store.ts';
import { toJaegerTrace } from '../trace.ts';
import { found, foundJson } from './answers.ts';
import { limit, parseParameters, traceId } from './parameters.ts';
import { parseSearch, spanFilter } from './search.ts';

/** One resource that can be read. What `path` captures in parentheses, percent-decoded, is handed to `answer`. */
export interface Route {
  readonly path: RegExp;
  answer(query: URLSearchParams, captured: string): Answer | Promise<Answer>;
}

const TRACE_NOT_FOUND = 'trace not found';

const logFilter = z.object({ traceID: z.optional(traceId), requestID: z.optional(z.string()), limit });

const operationFilter = z.object({ service: z.optional(z.string()), spanKind: z.optional(z.string()) });

/** The part of Jaeger's JSON query API that clients use, and beside it the log lines and the state of the store. */
export function apiRoutes(store: TraceStore, logs: LogIndex): Route[] {
  return [
    { path: /^\/api\/services$/, answer: () => listed(store.services()) },
    {
      path: /^\/api\/services\/([^/]+)\/operations$/,
      answer: (_query, service) => listed([...new Set(store.operations(service).map(({ name }) => name))]),
    },
    { path: /^\/api\/operations$/, answer: (query) => listed(findOperations(store, query)) },
    { path: /^\/api\/traces$/, answer: (query) => findTraces(store, query) },
    { path: /^\/api\/traces\/([^/]+)$/, answer: (_query, id) => getTrace(store, id) },
    { path: /^\/api\/logs$/, answer: (query) => findLogs(logs, query) },
    { path: /^\/api\/status$/, answer: () => found({ traces: store.status(), logs: logs.status() }) },
  ];
}

function listed(data: readonly unknown[]): Answer {
  return found(data, { total: data.length });
}

function findOperations(store: TraceStore, query: URLSearchParams): Operation[] {
  const filter = parseParameters(operationFilter, query);
  if (filter.service === undefined) throw new HttpError(400, "parameter 'service' is required");
  const all = store.operations(filter.service);
  return filter.spanKind === undefined ? all : all.filter((operation) => operation.spanKind === filter.spanKind);
}

function findTraces(store: TraceStore, query: URLSearchParams): Answer {
  const search = parseSearch(query);
  if (search.traceID.length === 0) return found(store.find(spanFilter(search), search.limit).map(toJson));
  const ids = [...new Set(search.traceID)];
  const missing = ids.filter((id) => store.trace(id) === undefined);
  const stored = ids.map((id) => store.trace(id)).filter((trace) => trace !== undefined);
  return found(stored.map(toJson), { errors: missing.map((traceID) => ({ msg: TRACE_NOT_FOUND, traceID })) });
}

function getTrace(store: TraceStore, id: string): Answer {
  const { traceID } = parseParameters(z.object({ traceID: traceId }), new URLSearchParams({ traceID: id }));
  const trace = store.trace(traceID);
  if (trace === undefined) throw new HttpError(404, TRACE_NOT_FOUND);
  return found([toJson(trace)]);
}

function toJson({ traceID, spans }: StoredTrace) {
  return toJaegerTrace(traceID, spans);
}

function findLogs(logs: LogIndex, query: URLSearchParams): Answer {
  const { limit: most, ...filter } = parseParameters(logFilter, query);
  return foundJson(logs.find(filter, most));
}
