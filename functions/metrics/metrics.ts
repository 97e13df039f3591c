import type { Work } from '../runtime/http.ts';
import { CONTENT_TYPES, render } from '../series/exposition.ts';
import { negotiate } from '../series/negotiation.ts';
import type { SeriesStore } from '../series/store.ts';

/**
 * `GET /metrics`: every series, in the format that `Accept` asks for. A database error rises: a scrape must fail, not
 * be empty.
 */
export function createMetrics(parts: {
  store: Pick<SeriesStore, 'read'>;
  build: { version: string; node: string };
}): Work {
  return async (request) => {
    const format = negotiate(request.headers['accept']);
    const series = await parts.store.read();
    const build = { metric: 'prior_auth_build_info' as const, labels: parts.build, value: 1n };
    return {
      status: 200,
      headers: { 'content-type': CONTENT_TYPES[format], vary: 'Accept' },
      body: render([...series, build], format),
    };
  };
}
