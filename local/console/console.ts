import type { Route } from '../embedded/traces/api/routes.ts';
import type { TraceStore } from '../embedded/traces/store.ts';
import { buildAssets } from './assets.ts';
import { pageRoutes } from './page-routes.ts';
import { consoleRoutes } from './routes.ts';
import { createHistory } from './scrapes/history.ts';
import { startScraper, type Scraper } from './scrapes/scraper.ts';

export interface Console {
  /** The page and what it reads: for the server of the trace API. */
  readonly routes: (store: TraceStore) => Route[];
  /** Begins to read `/metrics`, once the API answers. */
  readonly startScraper: () => Scraper;
}

/** @param api base URL of the API that the console explains */
export async function createConsole(api: string): Promise<Console> {
  const assets = await buildAssets(api);
  const history = createHistory();
  return {
    routes: (store) => [...pageRoutes(assets), ...consoleRoutes({ store, api, history })],
    startScraper: () => startScraper(api, history),
  };
}
