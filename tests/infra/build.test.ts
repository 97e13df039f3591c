import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import * as z from 'zod/mini';
import { build, watch, type BuiltFile } from '../../infra/build.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const metafile = z.object({
  inputs: z.record(z.string(), z.unknown()),
  outputs: z.record(z.string(), z.object({ imports: z.array(z.object({ path: z.string(), kind: z.string() })) })),
});

let folder = '';
let files: BuiltFile[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-'));
  files = await build({ outdir: join(folder, 'one') });
});
afterAll(() => rm(folder, { recursive: true }));

async function digest(outdir: string): Promise<Record<string, string>> {
  const names = globSync('**/*.{js,json}', { cwd: outdir })
    .filter((name) => name !== 'meta.json')
    .sort();
  const contents = await Promise.all(names.map((name) => readFile(join(outdir, name))));
  return Object.fromEntries(names.map((name, i) => [name, createHash('sha256').update(contents[i]!).digest('hex')]));
}

describe('build', () => {
  it('makes a CommonJS bundle of every function, the two files of the layer, and nothing else', async () => {
    const handlers = globSync('functions/*/handler.ts', { cwd: ROOT }).map((file) => file.replace(/\.ts$/, '.js'));
    const tracers = ['functions/status/powertools-tracer.js', 'functions/submit/powertools-tracer.js'];
    const layer = ['layers/otel/otel-implementation.js', 'layers/otel/otel.js'];
    const expected = [...handlers, ...tracers, ...layer].sort();
    assert.deepEqual(
      files.map(({ path }) => path),
      expected,
    );
    assert.deepEqual(Object.keys(await digest(join(folder, 'one'))), [...expected, 'package.json'].sort());
    assert.equal(await readFile(join(folder, 'one/package.json'), 'utf8'), '{"type":"commonjs"}\n');
  });

  it('gives the same bytes each time', async () => {
    await build({ outdir: join(folder, 'two') });
    assert.deepEqual(await digest(join(folder, 'two')), await digest(join(folder, 'one')));
  });

  it('replaces a file in one step: what a function has begun to load stays whole', async () => {
    const outdir = join(folder, 'three');
    const path = join(outdir, 'layers/otel/otel.js');
    await build({ outdir });
    const before = await open(path);
    await writeFile(path, 'old');
    await build({ outdir });
    assert.equal(await before.readFile('utf8'), 'old');
    await before.close();
    assert.deepEqual(await digest(outdir), await digest(join(folder, 'one')));
    assert.deepEqual(globSync('**/*.tmp', { cwd: outdir }), []);
  });

  it('loads nothing at run time but what Node brings, and nothing of Node as an ES module', async () => {
    const { inputs, outputs } = metafile.parse(JSON.parse(await readFile(join(folder, 'one/meta.json'), 'utf8')));
    assert.deepEqual(
      Object.keys(inputs).filter((input) => /(^|\/)(undici|zod\/v4\/classic)\//.test(input)),
      [],
    );
    for (const [output, { imports }] of Object.entries(outputs)) {
      for (const { path, kind } of imports) {
        assert.equal(kind, 'require-call', `${output} takes ${path} by ${kind}`);
        const isBeside = path === './powertools-tracer.js' && /functions\/(status|submit)\/handler\.js$/.test(output);
        assert.ok(isBeside || builtinModules.includes(path.replace(/^node:/, '')), `${output} needs ${path}`);
      }
    }
  });
});

describe('watch', () => {
  it(
    'builds after a change, also of a function that is new, and says why a build failed',
    { timeout: 60_000 },
    async (context) => {
      const root = await mkdtemp(join(folder, 'project-'));
      await write(root, 'layers/otel/otel.ts', '');
      await write(root, 'layers/otel/otel-implementation.ts', '');
      await write(root, 'functions/one/handler.ts', 'export const answer = 1;');
      await build({ root });
      const lines: string[] = [];
      const stop = watch((line) => lines.push(line), { root });
      context.onTestFinished(stop);

      await write(root, 'functions/one/handler.ts', 'export const answer = 4242;');
      await until(async () => (await read(root, 'dist/functions/one/handler.js')).includes('4242'));
      await write(root, 'functions/two/handler.ts', 'export const answer = 2;');
      await until(async () => (await read(root, 'dist/functions/two/handler.js')) !== '');
      assert.ok(
        lines.every((line) => /^built in \d+ ms$/.test(line)),
        lines.join(),
      );

      await write(root, 'functions/one/handler.ts', "import './nothing.ts';");
      await until(() => /handler\.ts:1:7: ERROR: Could not resolve/.test(lines.at(-1) ?? ''));
      await write(root, 'functions/one/handler.ts', 'export const url = import.meta.url;');
      await until(() => /handler\.ts:1: "import\.meta" is not available/.test(lines.at(-1) ?? ''));
      await write(root, 'functions/one/handler.ts', 'export const answer = 1;');
      await until(() => /^built in/.test(lines.at(-1) ?? ''));
    },
  );
});

async function write(root: string, path: string, content: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), content);
}

function read(root: string, path: string): Promise<string> {
  return readFile(join(root, path), 'utf8').catch(() => '');
}

/** The time limit of the test ends what never comes true. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(10);
}
