/**
 * `npm test`: types, lint, format, the direction of imports, the build, then every test against one PostgreSQL.
 * `npm test -- tests/functions` runs the tests of that folder or file only, without the gates.
 */
import { spawn } from 'node:child_process';
import { chmodSync, globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../local/machine/free-port.ts';
import { removeCluster, startCluster } from '../local/embedded/postgres/cluster.ts';
import { optionalNotRun } from './optional-tools.ts';
import { notRun } from './tools.ts';

const ROOT = resolve(import.meta.dirname, '..');
const TEST_FILES = 2;

interface Gate {
  readonly name: string;
  readonly command: readonly string[];
}

const BIN = join(ROOT, 'node_modules', '.bin');
const GATES: readonly Gate[] = [
  { name: 'types', command: [join(BIN, 'tsc'), '--noEmit'] },
  { name: 'types of the console', command: [join(BIN, 'tsc'), '--noEmit', '--project', 'local/console/page'] },
  { name: 'lint', command: [join(BIN, 'eslint'), '.', '--max-warnings=0'] },
  { name: 'format', command: [join(BIN, 'prettier'), '--check', '--log-level=warn', '.'] },
  { name: 'secrets', command: [join(BIN, 'secretlint'), '--no-gitignore', '**/*'] },
  {
    name: 'imports',
    command: [
      join(BIN, 'depcruise'),
      '--config',
      '.dependency-cruiser.cjs',
      'functions',
      'layers',
      'infra',
      'local',
      'bench',
      'tests',
    ],
  },
];

const only = process.argv.slice(2);
process.exitCode = await main();

async function main(): Promise<number> {
  if (!(await gate({ name: 'build', command: [process.execPath, 'infra/build.ts'] }))) return 1;
  if (only.length === 0) {
    const results = await Promise.all(GATES.map(gate));
    if (results.includes(false)) return 1;
  }
  const code = await runTests();
  const missing = [...notRun(), ...optionalNotRun()];
  if (missing.length > 0) console.log(`\nNOT RUN:\n${missing.map((line) => `  ${line}`).join('\n')}`);
  return code;
}

async function gate({ name, command }: Gate): Promise<boolean> {
  const started = performance.now();
  const { code, output } = await run(command, { quiet: true });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output);
  return code === 0;
}

/** One cluster for all: a test file asks it for a database of its own. */
async function runTests(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-test-'));
  chmodSync(folder, 0o755);
  const home = join(folder, 'postgres');
  const cluster = await startCluster({ home, port: await freePort(), settings: { fsync: 'off' } });
  try {
    const command = [process.execPath, '--test', `--test-concurrency=${TEST_FILES}`, ...testFiles()];
    return (await run(command, { environment: { TEST_DATABASE_URL: cluster.url } })).code;
  } finally {
    await cluster.stop();
    await removeCluster(home);
    rmSync(folder, { recursive: true, force: true });
  }
}

function testFiles(): string[] {
  if (only.length === 0) return globSync('tests/**/*.test.ts', { cwd: ROOT });
  return only.flatMap((path) =>
    statSync(join(ROOT, path)).isDirectory() ? globSync(`${path}/**/*.test.ts`, { cwd: ROOT }) : [path],
  );
}

function run(
  command: readonly string[],
  options: { quiet?: boolean; environment?: Record<string, string> },
): Promise<{ code: number; output: string }> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', options.quiet ? 'pipe' : 'inherit', options.quiet ? 'pipe' : 'inherit'],
  });
  // The signal reaches the child by the terminal; this process stays to clean up after it.
  process.once('SIGINT', () => child.kill('SIGINT'));
  process.once('SIGTERM', () => child.kill('SIGTERM'));
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done) => {
    child.once('error', (error) => done({ code: 1, output: error.message }));
    child.once('close', (code) => done({ code: code ?? 1, output }));
  });
}
