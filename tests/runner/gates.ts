/** What must hold before a test is worth running. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Gate {
  readonly name: string;
  /** A program of node_modules/.bin and its arguments. */
  readonly command: readonly string[];
}

export const BUILD: Gate = { name: 'build', command: ['node', 'infra/build.ts'] };
const SOURCES = ['functions', 'layers', 'infra', 'local', 'bench', 'tests'];
export const GATES: readonly Gate[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'types of the console', command: ['tsc', '--noEmit', '--project', 'local/console/page'] },
  { name: 'lint', command: ['eslint', '.', '--max-warnings=0'] },
  { name: 'format', command: ['prettier', '--check', '--log-level=warn', '.'] },
  { name: 'secrets', command: ['secretlint', '--no-gitignore', '**/*'] },
  { name: 'imports', command: ['depcruise', '--config', '.dependency-cruiser.cjs', ...SOURCES] },
];

/** Runs them at once, says which held, and what those that did not have to say. */
export async function pass(root: string, gates: readonly Gate[]): Promise<boolean> {
  const results = await Promise.all(gates.map((gate) => passOne(root, gate)));
  return !results.includes(false);
}

async function passOne(root: string, { name, command }: Gate): Promise<boolean> {
  const started = performance.now();
  const { code, output } = await run(root, command);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output);
  return code === 0;
}

function run(root: string, [program = '', ...args]: readonly string[]): Promise<{ code: number; output: string }> {
  const path = program === 'node' ? process.execPath : join(root, 'node_modules', '.bin', program);
  const child = spawn(path, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done) => {
    child.once('error', (error) => done({ code: 1, output: error.message }));
    child.once('close', (code) => done({ code: code ?? 1, output }));
  });
}
