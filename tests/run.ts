/**
 * `npm test`: the build, types, lint, format, the direction of imports, then every test, then what was NOT RUN, then
 * the numbers.
 * With paths or a name it runs these tests only, without the gates: `npm test -- --help`.
 */
import './runner/colour.ts';
import { relative, resolve } from 'node:path';
import { orEnd } from '../local/machine/command.ts';
import { createVitest, startVitest } from 'vitest/node';
import { BUILD, GATES, pass } from './runner/gates.ts';
import { count, type Count } from './runner/count.ts';
import { filesAt } from './runner/files.ts';
import { readOptions, type Options } from './runner/options.ts';
import { notRun } from './runner/tool-list.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** 128 and the signal's number, as shells have it. */
const CODES = { SIGINT: 130, SIGTERM: 143 };

process.exitCode = await main();

async function main(): Promise<number> {
  const options = orEnd(readOptions(process.argv.slice(2)));
  const { files, missing } = filesAt(
    ROOT,
    options.paths.map((path) => relative(ROOT, resolve(path))),
    options.soak,
  );
  if (missing.length > 0) return refuse(missing.join('\n'));
  if (!(await pass(ROOT, [BUILD]))) return 1;
  const isWhole = options.paths.length === 0 && options.name === undefined;
  if (isWhole && !options.watch && !options.soak && !options.coverage && !(await pass(ROOT, GATES))) return 1;
  return runTests(options, files);
}

async function runTests({ watch, soak, coverage, name }: Options, files: readonly string[]): Promise<number> {
  if (soak) process.env['SOAK'] = 'true';
  const settings = {
    root: ROOT,
    watch,
    coverage: { enabled: coverage },
    ...(name !== undefined && { testNamePattern: name }),
  };
  if (watch) {
    await startVitest([...files], settings);
    return 0;
  }
  const vitest = await createVitest(settings);
  let stopped: number | undefined;
  // The terminal's signal reaches the test files, too; this process stays to stop PostgreSQL.
  const stop = (signal: keyof typeof CODES) => {
    stopped = CODES[signal];
    void vitest.cancelCurrentRun('keyboard-input');
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  await vitest.start([...files]);
  await vitest.close();
  const counted = count(vitest.state.getTestModules(), vitest.state.getUnhandledErrors(), name);
  report(counted, name);
  // Set where the coverage is below its floor.
  const code = Number(process.exitCode ?? 0);
  return stopped ?? (counted.failed > 0 || counted.passed === 0 ? 1 : code);
}

function report({ passed, failed, skipped }: Count, name?: string): void {
  const missing = notRun();
  if (missing.length > 0) console.log(`\nNOT RUN:\n${missing.map((line) => `  ${line}`).join('\n')}`);
  if (name !== undefined && passed + failed === 0) console.log(`No test has a name that matches ${name}`);
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
}

function refuse(why: string): number {
  console.error(why);
  return 1;
}
