/** What telemetry costs a warm submit in CPU and in bytes of log. */
import { resolve } from 'node:path';
import { SERVICE } from '../functions/contract/catalogue.ts';
import { SUBMISSION, submitEvent } from '../tests/fixtures/http.ts';
import { bundlePeer } from './cold/bundles.ts';
import type { Bench, Run } from './harness/benchmark.ts';
import { interleave } from './harness/interleave.ts';
import { installPeer } from './harness/peers.ts';
import { startPostgres } from './harness/postgres.ts';
import { startSink, type Received, type Sink } from './harness/sink.ts';
import { summarize } from './harness/statistics.ts';
import type { Cell } from './harness/table.ts';
import { withoutTelemetry, withPowertools } from './warm/bundles.ts';
import { startWarmFunction, type Round } from './warm/warm-function.ts';

const ROUNDS = 10;
const INVOCATIONS = 1000;
const DIST = resolve(import.meta.dirname, '../dist');
const MAX_BYTES = 1000;
/** Of all invocations, those whose spans must have been exported by the next one. */
const FLUSHED = 0.99;

const ROWS = {
  none: 'telemetry compiled out',
  line: 'our wide event, no layer',
  ours: '**everything: our wide event, our layer**',
  peer: 'Powertools metrics and logger, official SDK and OTLP/JSON exporter',
} as const;
type Name = keyof typeof ROWS;
type Sample = Round & { readonly exported: Received };

export const run: Run = async (bench) => {
  const sink = await startSink(bench);
  const samples = await interleave(bench, ROUNDS, await start(bench, sink));
  const of = (name: Name, measure: keyof Round) => summarize(samples[name].map((sample) => sample[measure]));
  const exported = (name: Name, what: keyof Received) =>
    summarize(samples[name].map((sample) => sample.exported[what] / INVOCATIONS)).median;
  const added = (name: Name) => of(name, 'cpuUs').median - of('none', 'cpuUs').median;
  // One that saves up its spans is cheaper, and loses them where the environment is frozen.
  const isVoid = (name: Name) =>
    (name === 'ours' || name === 'peer') && (exported(name, 'exports') < FLUSHED || exported(name, 'spans') < FLUSHED);
  const toRow = (name: Name): Cell[] => [
    ROWS[name],
    of(name, 'cpuUs').median,
    of(name, 'cpuUs').p90,
    name === 'none' ? '' : isVoid(name) ? 'void: not delivered' : added(name),
    of(name, 'wallUs').median,
    of(name, 'outputBytes').median,
    exported(name, 'exports'),
    exported(name, 'spans'),
  ];
  return {
    title: 'Warm',
    notes: [
      `CPU of the function’s process, user and system, per submit that is stored in a real PostgreSQL and whose trace is delivered before the ` +
        `answer: ${samples.none.length} interleaved rounds of ${INVOCATIONS} submits each, after a first one that is not counted. In microseconds; ` +
        'the peer’s log line has what our wide event has.',
    ],
    tables: [
      {
        columns: ['', 'CPU', 'p90', 'added', 'wall', 'log bytes', 'exports', 'spans at the sink'],
        rows: (Object.keys(ROWS) as Name[]).map(toRow),
      },
    ],
    goals: [
      {
        what: 'CPU that our telemetry adds, of what the peer’s adds',
        value: isVoid('ours') || isVoid('peer') ? NaN : added('ours') / added('peer'),
        atMost: 0.5,
      },
      {
        what: 'EMF and log of a submit',
        value: of('ours', 'outputBytes').median,
        unit: 'bytes',
        atMost: MAX_BYTES,
      },
    ],
  };
};

async function start(bench: Bench, sink: Sink): Promise<Record<Name, () => Promise<Sample>>> {
  const peer = await installPeer(bench, 'official-exporter');
  await bundlePeer(peer, ['layer.mjs']);
  const environment = {
    DATABASE_URL: await startPostgres(bench),
    DATABASE_ROLE: 'prior_auth_submit',
    ANONYMOUS_CALLER: 'local',
    NPI_CHECK_DIGIT: 'warn',
    OTEL_SERVICE_NAME: SERVICE,
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
  };
  const preload = (file: string) => ({ NODE_OPTIONS: `--require ${JSON.stringify(file)}` });
  const event = submitEvent(SUBMISSION);
  const candidate = (name: Name, bundle: string, own: Record<string, string> = {}) => {
    const { round } = startWarmFunction(bench, name, { bundle, event, environment: { ...environment, ...own } });
    return async () => {
      sink.take();
      return { ...(await round(INVOCATIONS)), exported: sink.take() };
    };
  };
  const submit = `${DIST}/functions/submit/handler.js`;
  return {
    none: candidate('none', await withoutTelemetry(`${bench.folder}/none`)),
    line: candidate('line', submit),
    ours: candidate('ours', submit, preload(`${DIST}/layers/otel/otel.js`)),
    peer: candidate('peer', await withPowertools(`${bench.folder}/peer`), preload(`${peer}/built/layer.cjs`)),
  };
}
