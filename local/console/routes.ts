import type { Route } from '../embedded/traces/api/routes.ts';
import type { TraceStore } from '../embedded/traces/store.ts';
import { auditRoute } from './audit.ts';
import { createOwnTraces } from './own-traces.ts';
import { requestsRoute } from './requests/requests.ts';
import type { History } from './scrapes/history.ts';
import { chartRoute } from './scrapes/route.ts';

/**
 * What the console's page reads.
 * @param parts.api base URL of the API
 */
export function consoleRoutes(parts: { store: TraceStore; api: string; history: History }): Route[] {
  const { store, api, history } = parts;
  const ownTraces = createOwnTraces(store.status().maxSpans);
  return [requestsRoute(store, ownTraces), auditRoute(api, ownTraces), chartRoute(history)];
}
