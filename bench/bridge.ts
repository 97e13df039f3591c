/** How many lines of log the bridge counts, and whether what is there already slows it down. */
import type { Database } from '../functions/runtime/postgres.ts';
import { backendOf, createBridgeOn, createParser, round, type Round } from './bridge/round.ts';
import type { Bench, Goal, Run } from './harness/benchmark.ts';
import { makeSeries, openDatabase } from './harness/database.ts';
import { interleave } from './harness/interleave.ts';
import { startPostgres } from './harness/postgres.ts';
import { median, quantile } from './harness/statistics.ts';
import type { Cell, Table } from './harness/table.ts';

const ROUNDS = 20;
/** Batches of a round, by their size. */
const BATCHES = { 1: 100, 100: 40, 1000: 10, 10_000: 2 } as const;
const SIZES = Object.keys(BATCHES).map(Number) as (keyof typeof BATCHES)[];
const USUAL = 1000;
const MANY_SERIES = 480;
const MICROSECONDS = 1e6;

const USUAL_NAME = `count ${USUAL}`;

export const run: Run = async (bench) => {
  const samples = await interleave(bench, ROUNDS, await start(bench));
  const goals: Goal[] = [
    {
      what: 'end to end at batches of 1,000',
      value: medianOf(samples, USUAL_NAME, 'linesPerSecond'),
      unit: 'lines/s',
      atLeast: 50_000,
    },
  ];
  if (bench.seenIds > 0) {
    const value = totalCpuUs(samples, 'old') / totalCpuUs(samples, USUAL_NAME);
    goals.push({ what: 'CPU of both with the ids seen before, of that without', value, atMost: 1.1 });
  }
  return {
    title: 'Bridge',
    notes: [
      'Lines of submits in deliveries of CloudWatch Logs: gunzip, parse, and, end to end, drop what was counted before and add to the series ' +
        `in one transaction of a PostgreSQL with its ordinary durability. ${samples[USUAL_NAME]?.length} interleaved rounds, medians. ` +
        'CPU in microseconds per line, of the bridge and of its backend in PostgreSQL; “per core” is a second divided by the two.',
    ],
    tables: [bySize(samples), byWhatIsThere(samples, bench.seenIds)],
    goals,
  };
};

type Samples = Readonly<Record<string, readonly Round[]>>;

async function start(bench: Bench): Promise<Record<string, () => Promise<Round>>> {
  const cluster = await startPostgres(bench);
  const plain = await openDatabase(bench, cluster, 'plain');
  const crowded = await openDatabase(bench, cluster, 'crowded');
  await makeSeries(crowded, MANY_SERIES);
  const candidates: Record<string, () => Promise<Round>> = {};
  for (const size of SIZES) {
    candidates[`parse ${size}`] = () => round(createParser(), size, BATCHES[size]);
    candidates[`count ${size}`] = await counting(plain, size);
  }
  candidates['crowded'] = await counting(crowded, USUAL);
  if (bench.seenIds > 0) candidates['old'] = await counting(await withHistory(bench, cluster), USUAL);
  return candidates;
}

function bySize(samples: Samples): Table {
  const rows = SIZES.map((size): Cell[] => {
    const name = `count ${size}`;
    return [
      size.toLocaleString('en-US'),
      medianOf(samples, `parse ${size}`, 'linesPerSecond'),
      medianOf(samples, name, 'linesPerSecond'),
      quantile(values(samples, name, 'linesPerSecond'), 0.1),
      medianOf(samples, name, 'cpuUs'),
      medianOf(samples, name, 'databaseCpuUs'),
      MICROSECONDS / totalCpuUs(samples, name),
    ];
  });
  const columns = ['lines a batch', 'parsing alone, lines/s', 'end to end, lines/s', 'p10', 'CPU', 'CPU of PostgreSQL'];
  return { columns: [...columns, 'lines/s per core'], rows };
}

function byWhatIsThere(samples: Samples, seenIds: number): Table {
  const names = {
    [USUAL_NAME]: 'what they make themselves',
    crowded: `${MANY_SERIES} series more`,
    old: `${seenIds.toLocaleString('en-US')} ids seen today`,
  };
  const rows = Object.entries(names)
    .filter(([name]) => samples[name] !== undefined)
    .map(([name, row]): Cell[] => [
      row,
      medianOf(samples, name, 'linesPerSecond'),
      medianOf(samples, name, 'cpuUs'),
      medianOf(samples, name, 'databaseCpuUs'),
    ]);
  return { columns: ['batches of 1,000, beside', 'lines/s', 'CPU', 'CPU of PostgreSQL'], rows };
}

function values(samples: Samples, name: string, measure: keyof Round): number[] {
  return (samples[name] ?? []).map((sample) => sample[measure]);
}

function medianOf(samples: Samples, name: string, measure: keyof Round): number {
  return median(values(samples, name, measure));
}

function totalCpuUs(samples: Samples, name: string): number {
  return medianOf(samples, name, 'cpuUs') + medianOf(samples, name, 'databaseCpuUs');
}

async function counting(database: Database, size: keyof typeof BATCHES): Promise<() => Promise<Round>> {
  const backend = await backendOf(database);
  const bridge = createBridgeOn(database);
  return () => round(bridge, size, BATCHES[size], backend);
}

/** Ids of today, as the functions make them. */
async function withHistory(bench: Bench, cluster: string): Promise<Database> {
  const database = await openDatabase(bench, cluster, 'old');
  bench.progress(`writing ${bench.seenIds} ids`);
  await database.sql`
    insert into prior_auth_seen_events
    select (now() at time zone 'UTC')::date, uuidv7() from generate_series(1, ${bench.seenIds})`;
  await database.sql`vacuum analyze prior_auth_seen_events`;
  await database.sql`checkpoint`;
  return database;
}
