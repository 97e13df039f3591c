/** What Prometheus waits for: `GET /metrics` by the number of series. */
import { createMetrics } from '../functions/metrics/metrics.ts';
import type { HttpRequest } from '../functions/runtime/http.ts';
import { createSeriesStore } from '../functions/series/store.ts';
import type { Bench, Run } from './harness/benchmark.ts';
import { makeSeries, openDatabase } from './harness/database.ts';
import { interleave } from './harness/interleave.ts';
import { startPostgres } from './harness/postgres.ts';
import { summarize } from './harness/statistics.ts';
import type { Cell } from './harness/table.ts';

const ROUNDS = 100;
const WARM_UP = 20;
const COUNTS = [10, 100, 500];
const FORMATS = { text: 'text/plain', OpenMetrics: 'application/openmetrics-text' };
const GOAL_MS = 20;

interface Scrape {
  readonly ms: number;
  readonly bytes: number;
}

export const run: Run = async (bench) => {
  const cluster = await startPostgres(bench);
  const candidates: Record<string, () => Promise<Scrape>> = {};
  for (const count of COUNTS) Object.assign(candidates, await scrapesOf(bench, cluster, count));
  for (const scrape of Object.values(candidates)) for (let done = 0; done < WARM_UP; done++) await scrape();
  const samples = await interleave({ ...bench, progress: () => undefined }, ROUNDS, candidates);
  const summaries = Object.entries(samples).map(([name, scrapes]) => ({
    name,
    bytes: scrapes.at(-1)?.bytes ?? NaN,
    ...summarize(scrapes.map(({ ms }) => ms)),
  }));
  return {
    title: 'Scrape',
    notes: [
      'The work of `GET /metrics`, from a real PostgreSQL to the text of the answer, without HTTP; warm, interleaved. The series are histograms ' +
        'with an exemplar in every bucket, the largest there are; 500 is the most that the bridge makes.',
    ],
    tables: [
      {
        columns: ['series, format', 'p50 ms', 'p90 ms', 'bytes'],
        rows: summaries.map(({ name, median, p90, bytes }): Cell[] => [name, median, p90, bytes]),
      },
    ],
    goals: summaries
      .filter(({ name }) => name.startsWith('500'))
      .map(({ name, median }) => ({ what: `a scrape of ${name}`, value: median, unit: 'ms', atMost: GOAL_MS })),
  };
};

async function scrapesOf(bench: Bench, cluster: string, count: number) {
  const database = await openDatabase(bench, cluster, `series_${count}`);
  await makeSeries(database, count);
  const work = createMetrics({ store: createSeriesStore(database), build: { version: '1', node: '24' } });
  const scrapes = Object.entries(FORMATS).map(([format, accept]) => {
    const request = { headers: { accept } } as unknown as HttpRequest;
    return [`${count}, ${format}`, () => scrape(() => work(request))] as const;
  });
  return Object.fromEntries(scrapes);
}

async function scrape(work: () => ReturnType<ReturnType<typeof createMetrics>>): Promise<Scrape> {
  const started = performance.now();
  const { body } = await work();
  const ms = performance.now() - started;
  return { ms, bytes: typeof body === 'string' ? Buffer.byteLength(body) : NaN };
}
