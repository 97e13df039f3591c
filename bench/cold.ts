/** What telemetry adds to a cold start, beside the layers that others build for the same purpose. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createCandidates, type Candidate, type Name } from './cold/candidates.ts';
import { coldStart, type ColdStart } from './cold/cold-start.ts';
import type { Bench, Goal, Run } from './harness/benchmark.ts';
import { interleave } from './harness/interleave.ts';
import { startPostgres } from './harness/postgres.ts';
import { chooseRuntimeClient, type RuntimeClient } from './harness/runtime-client.ts';
import { startSink, type Sink } from './harness/sink.ts';
import { summarize } from './harness/statistics.ts';
import type { Cell, Table } from './harness/table.ts';

const ROUNDS = 20;
const LAYER_FILES = ['otel.js', 'otel-implementation.js'];

const ROWS: Readonly<Record<Name, string>> = {
  bare: 'a bare handler, no layer',
  layer: 'one span, **our layer**',
  communityLeanest: 'one span, community: traces, no instrumentation but Lambda’s and the AWS SDK’s',
  communityTraces: 'one span, community: traces',
  community: 'one span, community: traces, metrics and logs, as its layer has them by default',
  adotFast: 'one span, ADOT, fast start',
  adot: 'one span, ADOT',
  submitBare: 'our submit, no layer',
  submit: '**our submit, our layer: everything**',
  submitCommunity: 'our submit, community: traces',
};

export const run: Run = async (bench) => {
  const client = await chooseRuntimeClient(bench);
  const sink = await startSink(bench);
  const candidates = await createCandidates(bench, sink, await startPostgres(bench));
  const samples = await interleave(bench, ROUNDS, toLaunches(bench, candidates, client, sink));
  return {
    title: 'Cold start',
    notes: [
      `From the spawn of the process to its first poll for an event, and to its first answer, in milliseconds; ${samples.bare.length} ` +
        `starts each, interleaved. “Added” is to the bare handler, by medians; CPU is user and system, of all threads, until the first answer. Runtime client: ${client.name}. Submits are stored ` +
        'in a real PostgreSQL (over a new connection), spans are posted to a sink on this machine.',
      'What the peers do and our layer does not: they instrument by themselves (the handler, HTTP calls, the AWS SDK, DNS, sockets), and ' +
        'the community’s layer has metrics and logs as well. Ours sends the spans that the functions make.',
    ],
    tables: [toTable(samples)],
    goals: goalsOf(samples),
  };
};

function toLaunches(bench: Bench, candidates: Record<Name, Candidate>, client: RuntimeClient, sink: Sink) {
  let kill: () => void = () => undefined;
  bench.cleanup(() => kill());
  const started = (how: () => void) => (kill = how);
  const launch = (candidate: Candidate) => () =>
    coldStart({ ...candidate, handler: 'handler.handler', client, sink, started });
  return Object.fromEntries(Object.entries(candidates).map(([name, candidate]) => [name, launch(candidate)])) as Record<
    Name,
    () => Promise<ColdStart>
  >;
}

type Samples = Readonly<Record<Name, readonly ColdStart[]>>;

function toTable(samples: Samples): Table {
  const rows = (Object.keys(ROWS) as Name[]).map((name): Cell[] => {
    const of = (measure: keyof ColdStart) => summarize(samples[name].map((sample) => sample[measure]));
    const answer = of('firstAnswerMs');
    const added = (measure: Measure) =>
      name === 'bare' ? '' : isVoid(samples, name) ? 'void: no span' : addedTo(samples, name, measure);
    const times = [of('firstPollMs').median, answer.median, answer.p90, added('firstAnswerMs'), added('cpuMs')];
    return [ROWS[name], ...times, of('spans').median];
  });
  return {
    columns: ['', 'first poll', 'first answer', 'p90', 'added', 'CPU added', 'spans at the sink'],
    rows,
  };
}

/** By what is named as peer; a row without spans is none. */
function isVoid(samples: Samples, name: Name): boolean {
  return name !== 'bare' && name !== 'submitBare' && samples[name].some(({ spans }) => spans === 0);
}

type Measure = 'firstAnswerMs' | 'cpuMs';

function addedTo(samples: Samples, name: Name, measure: Measure): number {
  const median = (one: Name) => summarize(samples[one].map((sample) => sample[measure])).median;
  return isVoid(samples, name) ? NaN : median(name) - median('bare');
}

function goalsOf(samples: Samples): Goal[] {
  const added = (name: Name) => addedTo(samples, name, 'firstAnswerMs');
  const layerBytes = LAYER_FILES.map((file) => gzipSync(readFileSync(join(LAYER, file))).length);
  return [
    {
      what: 'our layer, of what the community’s packages add (traces)',
      value: added('layer') / added('communityTraces'),
      atMost: 0.12,
    },
    {
      what: 'our submit with everything, of the same handler with the community’s packages',
      value: added('submit') / added('submitCommunity'),
      atMost: 0.3,
    },
    {
      what: 'our layer, gzipped',
      value: layerBytes.reduce((sum, bytes) => sum + bytes, 0),
      unit: 'bytes',
      atMost: 16 * 1024,
    },
  ];
}

const LAYER = resolve(import.meta.dirname, '../dist/layers/otel');
