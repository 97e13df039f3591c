import { setTimeout as sleep } from 'node:timers/promises';
import { ExpositionError, parseExposition, type Sample } from './exposition.ts';
import { SCRAPE_INTERVAL_SECONDS, type History } from './history.ts';

const ACCEPT = 'application/openmetrics-text;version=1.0.0';
const SCRAPE_TIMEOUT_SECONDS = 4;

export interface Scraper {
  /** Ends at once; a scrape under way is not noted. */
  stop(): Promise<void>;
}

/**
 * Reads `/metrics` at once and every five seconds, one reading after the other, and notes each in the history, failed
 * ones too. Says nothing itself and never keeps the process alive.
 * @param api base URL, without a slash at its end
 */
export function startScraper(
  api: string,
  history: Pick<History, 'add'>,
  { intervalSeconds = SCRAPE_INTERVAL_SECONDS, timeoutSeconds = SCRAPE_TIMEOUT_SECONDS } = {},
): Scraper {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function scrape(): Promise<void> {
    const time = Date.now() / 1000;
    const read = await readMetrics(api, timeoutSeconds, signal);
    if (!signal.aborted) history.add({ time, ...read });
  }
  async function loop(): Promise<void> {
    while (!signal.aborted) {
      const pause = sleep(intervalSeconds * 1000, undefined, { signal, ref: false }).catch(() => undefined);
      await Promise.all([scrape(), pause]);
    }
  }
  const running = loop();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

interface Reading {
  readonly samples: readonly Sample[];
  readonly failure: string | null;
}

/**
 * `fetch` closes a connection that was idle for four seconds; the API does after five, and a scrape just then would
 * fail.
 */
async function readMetrics(api: string, timeoutSeconds: number, stopping: AbortSignal): Promise<Reading> {
  const late = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const signal = AbortSignal.any([late, stopping]);
    const response = await fetch(`${api}/metrics`, { headers: { accept: ACCEPT }, signal });
    const text = await response.text();
    return response.ok
      ? { samples: parseExposition(text), failure: null }
      : failed(`/metrics answered ${response.status}`);
  } catch (error) {
    if (error instanceof ExpositionError) return failed('/metrics answered something else than metrics');
    return failed(late.aborted ? `/metrics did not answer within ${timeoutSeconds} s` : 'nothing answers');
  }
}

function failed(failure: string): Reading {
  return { samples: [], failure };
}
