/** What Prometheus' targets and samples say about one request. Pure. */
import { TARGET_PORT } from '../../machine/containers.ts';
import { commandOf } from '../advice.ts';
import { broken, noted, passed, type Broken, type Finding } from '../hop.ts';
import type { System } from '../system.ts';
import type { Goal } from './metrics.ts';

/** Of local/monitoring/prometheus/prometheus.yml and stack.yml. */
export const JOB = 'prior-auth-api';

export interface Target {
  readonly job: string;
  readonly scrapeUrl: string;
  /** `up`, `down`, or `unknown` before the first scrape. */
  readonly health: string;
  readonly lastError: string;
  /** When it began, Unix time in milliseconds. */
  readonly lastScrape: number;
}

/** One look at Prometheus. */
export interface ScrapeView {
  /** Of its configuration; their targets appear some seconds after its start. */
  readonly jobs: readonly string[];
  readonly targets: readonly Target[];
  /** Of the counter, each with the time of its scrape in Unix milliseconds. */
  readonly samples: readonly { readonly at: number; readonly value: number }[];
}

/** Times are Unix milliseconds. */
export interface Look {
  readonly view: ScrapeView;
  readonly goal: Goal;
  readonly sentAt: number;
  readonly now: number;
  /** When a scrape that should have it was first seen to be over; undefined before. */
  readonly scrapedAt: number | undefined;
  /** From then on there is no time for another one. */
  readonly deadline: number;
}

/** From its end a scrape takes a moment until its samples can be asked for. */
const SETTLE_MS = 1000;

/** Whether the target was scraped when the goal was to be had. */
export function isScraped({ targets }: ScrapeView, { at }: Goal): boolean {
  return targets.some(({ job, lastScrape }) => job === JOB && lastScrape >= at);
}

/** `wait`: the next scrape may bring it. */
export function judgeTargets(
  { view, goal, sentAt, now, scrapedAt, deadline }: Look,
  system: System,
): Finding<undefined> | 'wait' {
  const targets = view.targets.filter(({ job }) => job === JOB);
  const target = targets.find(({ health }) => health !== 'up') ?? targets[0];
  const isLast = now >= deadline;
  if (target === undefined) return view.jobs.includes(JOB) && !isLast ? 'wait' : explainMissingJob(view);
  const { scrapeUrl, health, lastError } = target;
  const arrived = view.samples.find(({ at, value }) => at >= sentAt && value >= goal.value);
  if (health === 'up' && arrived !== undefined) {
    return passed(`${scrapeUrl} up, ${arrived.value} reached`, undefined, noted(arrived.at, sentAt));
  }
  if (health === 'down' && (scrapedAt !== undefined || isLast)) return explainDown(scrapeUrl, lastError, system);
  if (health === 'up' && scrapedAt !== undefined && now - scrapedAt >= SETTLE_MS)
    return explainOtherApi(target, view, goal, system);
  return isLast ? explainMissingScrape(target) : 'wait';
}

function explainMissingJob({ jobs }: ScrapeView): Broken {
  return broken(
    `no target ${JOB}; its jobs: ${jobs.join(', ') || 'none'}`,
    'It is another Prometheus than the one of this project, which could not start while this one has its port.',
    'Set PROMETHEUS_PORT to a free port and start the system again, or add the job of local/monitoring/prometheus/prometheus.yml.',
  );
}

function explainOtherApi({ scrapeUrl }: Target, { samples }: ScrapeView, goal: Goal, system: System): Broken {
  const last = samples.at(-1)?.value;
  return broken(
    `${scrapeUrl} is up, and the counter ${last === undefined ? 'is not there' : `stands at ${last}`} instead of ${goal.value}`,
    describeOtherApi(scrapeUrl, system),
    TARGET_FIX,
  );
}

function describeOtherApi(scrapeUrl: string, { settings }: System): string {
  return `Prometheus scrapes ${scrapeUrl}, which is not the API at port ${settings.API_PORT}.`;
}

/**
 * Whether a target is this API: from a container it has another name and port, which the stack's forwarder listens on.
 */
function isOurs(scrapeUrl: string, { mode, settings }: System): boolean {
  return Number(new URL(scrapeUrl).port) === (mode === 'stack' ? TARGET_PORT : settings.API_PORT);
}

function explainMissingScrape({ scrapeUrl, lastScrape }: Target): Broken {
  const last = lastScrape > 0 ? new Date(lastScrape).toISOString() : 'never';
  return broken(
    `no scrape of ${scrapeUrl} since the request; last scrape: ${last}`,
    'Prometheus has not come to scrape: it is overloaded or suspended, or its scrape_interval is longer than 15 s.',
    'Look at its page /targets, and at its log; then restart it.',
  );
}

const TARGET_FIX =
  'Correct the target of job prior-auth-api in local/monitoring/prometheus/prometheus.yml (stack.yml in containers) and start the system again.';

function explainDown(scrapeUrl: string, lastError: string, system: System): Broken {
  const observed = `${scrapeUrl} is down: ${lastError.trim().split('\n')[0] ?? ''}`;
  const status = /HTTP status (\d{3})/.exec(lastError)?.[1];
  if (status !== undefined && isOurs(scrapeUrl, system)) {
    const cause = `/metrics answers ${status} to Prometheus, and has answered the doctor.`;
    return broken(observed, cause, 'Run the doctor again.');
  }
  if (status !== undefined) return broken(observed, describeOtherApi(scrapeUrl, system), TARGET_FIX);
  if (lastError.includes('no such host')) {
    const { hostname } = new URL(scrapeUrl);
    const cause = `Prometheus does not know the host ${hostname}: the names of containers are known to containers only.`;
    return broken(observed, cause, TARGET_FIX);
  }
  if (lastError.includes('connection refused')) return explainRefused(observed, scrapeUrl, system);
  return broken(observed, 'Prometheus cannot scrape the API; its own words say why.', TARGET_FIX);
}

function explainRefused(observed: string, scrapeUrl: string, system: System): Broken {
  if (system.mode === 'stack') {
    return broken(
      observed,
      'The API listens on 127.0.0.1 of this machine, and the way there from the container is not open.',
      'npm run stack opens it and says so (“Prometheus reads /metrics by …”); docker compose alone does not. See its terminal.',
    );
  }
  const { host } = new URL(scrapeUrl);
  if (isOurs(scrapeUrl, system)) {
    const cause = `Nothing listens at ${host} any more: the API has ended since.`;
    return broken(observed, cause, `Start ${commandOf(system)} again.`);
  }
  return broken(observed, `Nothing listens at ${host}; the API is at port ${system.settings.API_PORT}.`, TARGET_FIX);
}
