import { found } from '../../embedded/traces/api/answers.ts';
import type { Route } from '../../embedded/traces/api/routes.ts';
import { toCharts } from './charts.ts';
import type { History } from './history.ts';

/** `GET /api/charts`: the contract's `Charts`, computed at each request. */
export function chartRoute(history: History): Route {
  return { path: /^\/api\/charts$/, answer: () => found(toCharts(history)) };
}
