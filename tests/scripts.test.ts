/**
 * Every script of package.json: `--help` says what it does, what is not known is refused, and neither does anything.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { describe, test } from 'vitest';
import * as z from 'zod/mini';
import { SCRIPTS } from '../local/scripts/scripts.ts';

const ROOT = resolve(import.meta.dirname, '..');
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
/** The same as `test` with an option of its own. */
const OF_THE_TEST_RUNNER = /^test:/;
/** Nothing answers there: a script that went to work would fail. */
const NOWHERE = 'http://127.0.0.1:9';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** As npm runs a script: by a shell, with the packages' programs first on the PATH. */
function run(name: string, argument: string): Promise<Ended> {
  const path = [join(ROOT, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter);
  const child = spawn('sh', ['-c', `${scripts[name] ?? ''} ${argument}`], {
    cwd: ROOT,
    env: { PATH: path, HOME: process.env['HOME'], HTTPS_PROXY: NOWHERE, DATABASE_URL: 'postgresql://127.0.0.1:9/none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ code, stdout, stderr }));
  });
}

/** When each file of the project was last written, and what it holds in bytes. */
function projectFiles(): Record<string, string> {
  const ours = globSync(['*', '.github/**', 'docs/**', '{functions,layers,infra,local,bench,tests}/**/*.*'], {
    cwd: ROOT,
    exclude: (path) => /(^|\/)(node_modules|dist|cdk\.out|\.local)(\/|$)/.test(path),
  });
  const files = ours.map((path) => ({ path, stat: statSync(join(ROOT, path)) })).filter(({ stat }) => stat.isFile());
  return Object.fromEntries(files.map(({ path, stat }) => [path, `${stat.mtimeMs} ${stat.size}`]));
}

describe('npm run', () => {
  for (const name of Object.keys(scripts).filter((one) => !OF_THE_TEST_RUNNER.test(one))) {
    test(`${name} -- --help prints what it does and changes nothing`, async () => {
      const before = projectFiles();
      const { code, stdout, stderr } = await run(name, '--help');
      assert.deepEqual(
        [code, stderr, stdout.slice(0, `Usage: npm run ${name}`.length)],
        [0, '', `Usage: npm run ${name}`],
      );
      assert.match(stdout, /^ +(-h, )?--help +print this$/m);
      assert.deepEqual(projectFiles(), before);
    });

    test(`${name} -- --no-such-flag is refused in one line, with 2`, async () => {
      const before = projectFiles();
      const { code, stdout, stderr } = await run(name, '--no-such-flag');
      assert.deepEqual(
        [code, stdout, stderr],
        [2, '', `Unknown option '--no-such-flag'. See npm run ${name} -- --help\n`],
      );
      assert.deepEqual(projectFiles(), before);
    });
  }

  test('runs by other programs what package.json has, and nothing else', () => {
    const names = Object.entries(scripts).flatMap(([name, command]) =>
      command.endsWith(` local/scripts/main.ts ${name}`) ? [name] : [],
    );
    assert.deepEqual(SCRIPTS.map(({ name }) => name).sort(), names.sort());
  });
});
