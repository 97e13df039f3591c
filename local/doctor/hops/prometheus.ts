import type { Followed } from '../../client/follow.ts';
import { ask, isReply, readJson, type Reply, type Unreachable } from '../../client/http.ts';
import { explainNoAnswer } from '../no-answer.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { findPrometheus } from '../../monitoring/prometheus/prometheus.ts';
import { commandOf, restart } from '../advice.ts';
import { absent, broken, type Finding } from '../hop.ts';
import { PATIENCE_MS } from '../patience.ts';
import { isLaunched, type System } from '../system.ts';
import { SUCCESSES, type Goal } from './metrics.ts';
import { isScraped, JOB, judgeTargets, type ScrapeView } from './scrape.ts';

const LOOK_INTERVAL_MS = 500;

interface Limits {
  /** Of each of its answers. */
  readonly answerMs: number;
  /** What it takes Prometheus to read what it has stored. */
  readonly startingMs: number;
}

const LIMITS: Limits = { answerMs: PATIENCE_MS.prometheus, startingMs: 3000 };

const NOT_READY = 503;
/** How far back samples are read; two scrapes are in it. */
const WINDOW = '40s';
const QUERY = `${SUCCESSES.replace('{', `{job="${JOB}",`)}[${WINDOW}]`;

const time = z.pipe(z.string(), z.transform(Date.parse));
const Targets = z.object({
  data: z.object({
    activeTargets: z.array(
      z.object({
        labels: z.object({ job: z.string() }),
        scrapeUrl: z.string(),
        health: z.string(),
        lastError: z.string(),
        lastScrape: time,
      }),
    ),
  }),
});
const Samples = z.object({
  data: z.object({ result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })) }),
});

/**
 * Follows Prometheus until it has the request, or it is plain that it never will.
 * @param say called with what is waited for
 */
export async function checkPrometheus(
  system: System,
  marked: Followed,
  goal: Goal,
  patienceMs: number,
  say: (waitingFor: string) => void,
  limits = LIMITS,
): Promise<Finding<undefined>> {
  const { prometheus } = system;
  if (prometheus === undefined) return absent('PROMETHEUS_PORT=0');
  const started = Date.now();
  const deadline = started + patienceMs;
  let scrapedAt: number | undefined;
  for (;;) {
    const view = await look(prometheus, limits.answerMs);
    const now = Date.now();
    const isPatient = now < Math.min(deadline, started + limits.startingMs);
    let finding: Finding<undefined> | 'wait';
    if ('refusal' in view) {
      finding = isPatient && isStarting(view.refusal, system) ? 'wait' : judgeRefusal(view.refusal, prometheus, system);
    } else {
      if (isScraped(view, goal)) scrapedAt ??= now;
      finding = judgeTargets({ view, goal, sentAt: marked.sentAt, now, scrapedAt, deadline }, system);
    }
    if (finding !== 'wait') return finding;
    say(`Prometheus’ next scrape, ${Math.ceil((deadline - now) / 1000)} s at most`);
    await sleep(LOOK_INTERVAL_MS);
  }
}

async function look(
  prometheus: string,
  limitMs: number,
): Promise<ScrapeView | { readonly refusal: Reply | Unreachable }> {
  const read = (path: string) => ask(`${prometheus}/api/v1/${path}`, limitMs);
  const [targets, samples, configuration] = await Promise.all([
    read('targets?state=active'),
    read(`query?query=${encodeURIComponent(QUERY)}`),
    read('status/config'),
  ]);
  const found = readJson(Targets, targets);
  if (found === undefined) return { refusal: targets };
  const matrix = readJson(Samples, samples);
  return {
    jobs: isReply(configuration)
      ? [...configuration.text.matchAll(/job_name: ([\w.-]+)/g)].map(([, name]) => name ?? '')
      : [],
    targets: found.data.activeTargets.map(({ labels, ...target }) => ({ job: labels.job, ...target })),
    samples:
      matrix?.data.result.flatMap(({ values }) =>
        values.map(([seconds, value]) => ({ at: seconds * 1000, value: Number(value) })),
      ) ?? [],
  };
}

/** Before it listens, and before it is ready. */
function isStarting(refusal: Reply | Unreachable, { processes }: System): boolean {
  return isReply(refusal) ? refusal.status === NOT_READY : refusal.failure === 'refused' && processes.has('Prometheus');
}

/** Nothing answers there, or not as Prometheus does. */
export function judgeRefusal(
  reply: Reply | Unreachable,
  url: string,
  system: System,
  isInstalled = findPrometheus() !== undefined,
): Finding<undefined> {
  const { mode, settings, processes } = system;
  if (isReply(reply)) {
    if (reply.status === NOT_READY) {
      return broken(
        'it answers 503',
        'Prometheus is not ready: it still reads what it has stored.',
        'Run the doctor again.',
      );
    }
    return broken(
      `GET /api/v1/targets answers ${reply.status}`,
      `What listens on port ${new URL(url).port} (PROMETHEUS_PORT) is not Prometheus.`,
      `Set PROMETHEUS_PORT to a free port and start ${commandOf(system)} again.`,
    );
  }
  const isRefused = reply.failure === 'refused';
  if (isRefused && mode === 'local' && !isInstalled) return absent('no prometheus on PATH');
  const fault = explainNoAnswer(
    {
      url,
      what: 'Prometheus',
      setting: 'PROMETHEUS_PORT',
      start:
        mode === 'stack'
          ? restart('prometheus')
          : `Start npm run local again; ${settings.LOCAL_DIR}/prometheus/prometheus.log says why it ended.`,
    },
    reply,
  );
  if (!isRefused || !isLaunched(system) || !processes.has('Prometheus')) return fault;
  return {
    ...fault,
    cause: `The launcher’s Prometheus is up, and listens on another port than ${new URL(url).port}.`,
    fix: 'Give the doctor the PROMETHEUS_PORT that the launcher was started with.',
  };
}
