import { setTimeout as sleep } from 'node:timers/promises';
import { isReadable, readMetrics, type Unreadable } from '../../client/metrics.ts';
import { SCRAPE_INTERVAL_SECONDS, type History } from './history.ts';

const SCRAPE_TIMEOUT_SECONDS = 4;

export interface Scraper {
  /** Ends at once; a scrape under way is not noted. */
  stop(): Promise<void>;
}

/**
 * Reads `/metrics` at once and every five seconds, one reading after the other, and notes each in the history, failed
 * ones
 * too. Says nothing itself and never keeps the process alive.
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
    const reading = await readMetrics(api, timeoutSeconds * 1000, signal);
    if (signal.aborted) return;
    if (isReadable(reading)) history.add({ time, samples: reading.samples, failure: null });
    else history.add({ time, samples: [], failure: tell(reading, timeoutSeconds) });
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

/** In fixed words: whatever answered, what it said is not shown. */
function tell(reading: Unreadable, timeoutSeconds: number): string {
  if ('status' in reading) return `/metrics answered ${reading.status}`;
  if ('notExposition' in reading) return '/metrics answered something else than metrics';
  const isLate = reading.unreachable.failure === 'silent';
  return isLate ? `/metrics did not answer within ${timeoutSeconds} s` : 'nothing answers';
}
