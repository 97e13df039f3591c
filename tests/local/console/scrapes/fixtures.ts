import { render, type Format } from '../../../../functions/series/exposition.ts';
import { aggregate, type Sample as Counted } from '../../../../functions/series/samples.ts';
import type { Series } from '../../../../functions/series/series.ts';
import { parseExposition } from '../../../../local/client/exposition.ts';
import { createHistory, type History, type Scrape } from '../../../../local/console/scrapes/history.ts';

/** 22 November 2026, 12:00:00 UTC, in seconds. */
export const NOON = Date.UTC(2026, 10, 22, 12) / 1000;

/** A trace id that ends with a number. */
export function traceID(number: number): string {
  return (0xabc * 2 ** 32 + number).toString(16).padStart(32, '0');
}

/** What `/metrics` answers after these have been counted. */
export function exposition(counted: readonly Counted[], format: Format = 'openmetrics'): string {
  const uncounted: Series = { metric: 'prior_auth_uncounted_requests', labels: {}, value: 0n };
  return render([...aggregate(counted), uncounted], format);
}

/** A scrape that succeeds. */
export function scrape(time: number, counted: readonly Counted[] = []): Scrape {
  return { time, samples: parseExposition(exposition(counted)), failure: null };
}

export function failedScrape(time: number, failure = '/metrics answered 503'): Scrape {
  return { time, samples: [], failure };
}

/** A submit as it is counted. An exemplar when it has a trace. */
export function submitted(
  seconds: number,
  { status = 'success', trace, at = NOON }: { status?: string; trace?: number; at?: number } = {},
): Counted[] {
  const exemplar = trace === undefined ? undefined : { traceId: traceID(trace), at: at * 1000 };
  return [
    { metric: 'prior_auth_requests_total', labels: { status }, value: 1 },
    { metric: 'prior_auth_request_duration_seconds', labels: { status }, value: seconds, exemplar },
  ];
}

/** What has been counted by each scrape, from noon on every five seconds; null for a scrape that failed. */
export function historyOf(...counted: readonly (readonly Counted[] | null)[]): History {
  const history = createHistory();
  for (const [index, each] of counted.entries()) {
    const time = NOON + 5 * index;
    history.add(each === null ? failedScrape(time) : scrape(time, each));
  }
  return history;
}

/** The same sample so many times over. */
export function times<T>(count: number, samples: readonly T[]): T[] {
  return Array.from({ length: count }, () => samples).flat();
}
