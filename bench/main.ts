/** `npm run bench`: what the system costs beside a floor or its peers, all measured in one run on this machine. `--help` says how. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, Run } from './harness/benchmark.ts';
import { describeMachine } from './harness/machine.ts';
import { replaceSection, toText, updateReadme } from './harness/report.ts';

const NAMES = ['cold', 'warm', 'submit', 'bridge', 'scrape'] as const;
const RESULTS = join(import.meta.dirname, 'results.md');
const README = join(import.meta.dirname, '../README.md');
const INTERRUPTED = 130;
const HELP = `npm run bench                     all benchmarks, one after the other
npm run bench -- cold warm        some of them: ${NAMES.join(', ')}
npm run bench -- --rounds 3 cold  with another number of rounds: printed, not written
npm run bench -- --seen-ids 10000000 bridge
                                  on top of so many events that were counted before; a gigabyte of disk

Progress goes to standard error, tables to standard output, to bench/results.md and into the README. Peers are installed by npm below bench/peers.`;

const { values, positionals } = parseArgs({
  options: { help: { type: 'boolean', short: 'h' }, rounds: { type: 'string' }, 'seen-ids': { type: 'string' } },
  allowPositionals: true,
});
process.exitCode = await main();

async function main(): Promise<number> {
  const unknown = positionals.filter((name) => !NAMES.some((known) => known === name));
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (values.help || unknown.length > 0 || (rounds !== undefined && !(rounds >= 1))) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  let failed = false;
  for (const name of NAMES.filter((one) => positionals.length === 0 || positionals.includes(one))) {
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
  writeFileSync(README, updateReadme(readFileSync(README, 'utf8'), results));
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
    seenIds: Number(values['seen-ids'] ?? 0),
  };
  const closeAll = async () => {
    for (let work = cleanups.pop(); work !== undefined; work = cleanups.pop()) await work();
  };
  let closed: Promise<void> | undefined;
  return { bench, close: () => (closed ??= closeAll()) };
}
