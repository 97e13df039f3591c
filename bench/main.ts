/**
 * `npm run bench`: what the system costs beside a floor or its peers, all measured in one run on this machine. `--help`
 * says how.
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../infra/build.ts';
import { HELP_OPTION, orEnd, parseCommand } from '../local/machine/command.ts';
import type { Bench, Run } from './harness/benchmark.ts';
import { describeMachine } from './harness/machine.ts';
import { replaceSection, toText } from './harness/report.ts';

const NAMES = ['cold', 'warm', 'submit', 'bridge', 'scrape'] as const;
const RESULTS = join(import.meta.dirname, '../docs/benchmarks.md');
const INTERRUPTED = 130;
const HELP = `Usage: npm run bench -- [options] [names]

Builds, then measures all benchmarks one after the other, or those named: ${NAMES.join(', ')}.

  --rounds 3       with another number of rounds: printed, not written
  --seen-ids 1000  bridge: on top of so many events that were counted before; a gigabyte of disk at 10,000,000
  --help           print this

Progress goes to standard error, tables to standard output and into docs/benchmarks.md. Peers are installed by npm
below bench/peers.`;

const options = orEnd(parseCommand({ name: 'bench', help: HELP }, parse));
process.exitCode = await main();

function parse() {
  const { values, positionals } = parseArgs({
    options: { ...HELP_OPTION, rounds: { type: 'string' }, 'seen-ids': { type: 'string', default: '0' } },
    allowPositionals: true,
  });
  const unknown = positionals.find((name) => !NAMES.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${NAMES.join(', ')}`);
  const rounds = values.rounds === undefined ? undefined : toCount('--rounds', values.rounds, 1);
  return { help: values.help, names: positionals, rounds, seenIds: toCount('--seen-ids', values['seen-ids'], 0) };
}

function toCount(option: string, text: string, least: number): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < least) throw new Error(`${option} must be a number from ${least} on`);
  return count;
}

async function main(): Promise<number> {
  const { names, rounds } = options;
  await build();
  let failed = false;
  for (const name of NAMES.filter((one) => names.length === 0 || names.includes(one))) {
    failed = !(await measure(name, rounds)) || failed;
  }
  return failed ? 1 : 0;
}

async function measure(name: string, rounds: number | undefined): Promise<boolean> {
  const started = performance.now();
  const loadBefore = loadavg();
  const { bench, close } = createBench(name, rounds);
  const interruption = new AbortController();
  const interrupted = () => {
    interruption.abort();
    void close().finally(() => process.exit(INTERRUPTED));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const { run } = (await import(`./${name}.ts`)) as { run: Run };
    const text = toText(await run(bench), describeMachine(new Date(), loadBefore));
    console.log(`${text}\n`);
    if (rounds === undefined) write(name, text);
    return true;
  } catch (error) {
    // What was under way then has lost its processes.
    if (!interruption.signal.aborted) console.error(error);
    return false;
  } finally {
    await close();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    bench.progress(`over after ${Math.round((performance.now() - started) / 1000)} s`);
  }
}

function write(name: string, text: string): void {
  const results = replaceSection(existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : '', name, text);
  writeFileSync(RESULTS, results);
}

function createBench(name: string, rounds: number | undefined): { bench: Bench; close: () => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), `bench-${name}-`));
  chmodSync(folder, 0o755);
  const cleanups: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const bench: Bench = {
    progress: (line) => console.error(`${name}: ${line}`),
    cleanup: (work) => cleanups.push(work),
    folder,
    rounds: (byDefault) => rounds ?? byDefault,
    seenIds: options.seenIds,
  };
  const closeAll = async () => {
    for (let work = cleanups.pop(); work !== undefined; work = cleanups.pop()) await work();
  };
  let closed: Promise<void> | undefined;
  return { bench, close: () => (closed ??= closeAll()) };
}
