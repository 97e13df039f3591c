/** What a submit takes beside the bare SQL, and beside an ordinary server that is instrumented automatically. */
import { resolve } from 'node:path';
import { SERVICE } from '../functions/contract/catalogue.ts';
import type { Bench, Run } from './harness/benchmark.ts';
import { interleave } from './harness/interleave.ts';
import { installPeer } from './harness/peers.ts';
import { startPostgres } from './harness/postgres.ts';
import { startSink, type Sink } from './harness/sink.ts';
import { median } from './harness/statistics.ts';
import type { Cell } from './harness/table.ts';
import { startLanes, type Round } from './submit/lanes.ts';
import { startOrdinaryServer } from './submit/ordinary-server.ts';
import { recordStatements } from './submit/statements.ts';

const ROUNDS = 20;
/** A round of each connection, by the number of connections. */
const SUBMITS = { 1: 500, 16: 25 } as const;
const DIST = resolve(import.meta.dirname, '../dist');
/** Of each process, before anything is measured: until then the compiler of JavaScript is at work. */
const WARM_UP = 3000;

const ROWS = {
  floor1: 'the SQL alone, 1 connection',
  ours1: '**our submit, everything on, 1 connection**',
  server1: 'an ordinary server, 1 connection',
  floor16: 'the SQL alone, 16 connections',
  ours16: '**our submit, everything on, 16 connections**',
  server16: 'an ordinary server, 16 connections',
} as const;
type Name = keyof typeof ROWS;
type Lanes = keyof typeof SUBMITS;
type Submits = (submits: number) => Promise<Round>;
type Sample = Round & { readonly spans: number };

export const run: Run = async (bench) => {
  const samples = await interleave(bench, ROUNDS, await start(bench));
  const of = (name: Name, measure: keyof Sample) => median(samples[name].map((sample) => sample[measure]));
  const isVoid = (name: Name) => !name.startsWith('floor') && of(name, 'spans') === 0;
  const toRow = (name: Name): Cell[] => [
    ROWS[name],
    of(name, 'p50Ms'),
    of(name, 'p90Ms'),
    of(name, 'flushP50Ms'),
    of(name, 'perSecond'),
    isVoid(name) ? 'void: no span' : of(name, 'cpuUs'),
    of(name, 'spans'),
  ];
  return {
    title: 'Submit',
    notes: [
      `Stored in a real PostgreSQL with its ordinary durability, ${samples.ours1.length} interleaved rounds; medians of the rounds. The SQL alone: the ` +
        'two statements that our store sends, recorded and sent again in a bare loop by the same client library. Ours: the built function with its layer, ' +
        'called directly in a process per connection; it validates, chains the audit rows by hashes, writes its wide event, and delivers its ' +
        'trace before it answers (“flush”). CPU in microseconds per submit, of the processes at work without PostgreSQL. What they log goes nowhere.',
      'The ordinary server: Fastify, prom-client, node-postgres with a pool, a log line per request, and ' +
        '`@opentelemetry/auto-instrumentations-node`, which exports in batches meanwhile; the same statements, and no hash chain. It is called by HTTP, so its times hold ' +
        'a request more than ours, and so does its CPU (on Lambda the runtime client has that one).',
    ],
    tables: [
      {
        columns: ['', 'p50 ms', 'p90 ms', 'flush ms', 'submits/s', 'CPU µs', 'spans a submit'],
        rows: (Object.keys(ROWS) as Name[]).map(toRow),
      },
    ],
    goals: [
      {
        what: 'p50 at one connection without the flush, of the SQL alone',
        value: (of('ours1', 'p50Ms') - of('ours1', 'flushP50Ms')) / of('floor1', 'p50Ms'),
        atMost: 1.3,
      },
      {
        what: 'CPU at one connection, of the ordinary server’s',
        value: isVoid('ours1') || isVoid('server1') ? NaN : of('ours1', 'cpuUs') / of('server1', 'cpuUs'),
        atMost: 1,
      },
    ],
  };
};

async function start(bench: Bench): Promise<Record<Name, () => Promise<Sample>>> {
  const url = await startPostgres(bench);
  const statements = JSON.stringify(await recordStatements(url));
  const peer = await installPeer(bench, 'ordinary-server');
  const measured = async (lanes: Lanes, open: (sink: Sink) => Promise<Submits>) => {
    const sink = await startSink(bench);
    const submits = await open(sink);
    bench.progress('warming up');
    await submits(WARM_UP);
    sink.take();
    return async () => {
      const round = await submits(SUBMITS[lanes]);
      return { ...round, spans: sink.take().spans / (SUBMITS[lanes] * lanes) };
    };
  };
  const floor = (lanes: Lanes) =>
    measured(lanes, () => Promise.resolve(startLanes(bench, 'floor-loop.ts', lanes, floorOn(url, statements))));
  const ours = (lanes: Lanes) =>
    measured(lanes, (sink) => Promise.resolve(startLanes(bench, 'function-loop.ts', lanes, oursOn(url, sink))));
  const server = (lanes: Lanes) =>
    measured(lanes, (sink) => startOrdinaryServer(bench, peer, lanes, serverOn(url, statements, sink)));
  return {
    floor1: await floor(1),
    ours1: await ours(1),
    server1: await server(1),
    floor16: await floor(16),
    ours16: await ours(16),
    server16: await server(16),
  };
}

function floorOn(url: string, statements: string): Record<string, string> {
  return { DATABASE_URL: url, STATEMENTS: statements };
}

function oursOn(url: string, sink: Sink): Record<string, string> {
  return {
    DATABASE_URL: url,
    DATABASE_ROLE: 'prior_auth_submit',
    ANONYMOUS_CALLER: 'local',
    NPI_CHECK_DIGIT: 'warn',
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
    NODE_OPTIONS: `--require ${JSON.stringify(`${DIST}/layers/otel/otel.js`)}`,
    BUNDLE: `${DIST}/functions/submit/handler.js`,
  };
}

function serverOn(url: string, statements: string, sink: Sink): Record<string, string> {
  return {
    DATABASE_URL: url,
    STATEMENTS: statements,
    OTEL_SERVICE_NAME: SERVICE,
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    NODE_ENV: 'production',
  };
}
