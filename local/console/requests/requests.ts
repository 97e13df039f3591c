import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { found } from '../../embedded/traces/api/answers.ts';
import { parameter, parseParameters } from '../../embedded/traces/api/parameters.ts';
import type { Route } from '../../embedded/traces/api/routes.ts';
import type { TraceStore } from '../../embedded/traces/store.ts';
import type { Requests } from '../contract.ts';
import type { OwnTraces } from '../own-traces.ts';
import { createSummaries } from './summaries.ts';

const whole = parameter('a whole number is', (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined));

const most = parameter('a whole number above 0 is', (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined));

const query = z.object({ since: z._default(whole, 0), latest: z._default(most, Infinity) });

/**
 * `GET /api/requests?since={cursor}`: the list of requests, or what of it is new, or of that only the `latest`. The
 * cursor is the store's `receivedSpans`.
 */
export function requestsRoute(store: TraceStore, ownTraces: OwnTraces): Route {
  const run = randomUUID();
  const summaryOf = createSummaries();
  return {
    path: /^\/api\/requests$/,
    answer(given) {
      const { since, latest } = parseParameters(query, given);
      const listed: Requests = {
        run,
        cursor: store.status().receivedSpans,
        oldest: store.oldestArrival(),
        requests: store
          .changedSince(since)
          .filter(({ traceID }) => !ownTraces.has(traceID))
          .slice(-latest)
          .map(summaryOf)
          .filter((summary) => summary !== undefined),
      };
      return found(listed);
    },
  };
}
