/**
 * Bundles what is deployed: every `functions/<name>/handler.ts` there is, and the two files of the OpenTelemetry layer. The
 * same files run locally and in the cloud. `npm run build -- --watch` rebuilds at every change.
 */
import { context, build as esbuild, type BuildOptions, type Plugin } from 'esbuild';
import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const ROOT = resolve(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

export interface BuiltFile {
  /** Below the output folder: `functions/submit/handler.js`. */
  readonly path: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

/**
 * Builds all into `outdir`; the same sources give the same bytes. `meta.json` there says what went into which bundle.
 * @throws esbuild's BuildFailure, already printed, when a source does not compile.
 */
export async function build(outdir = DIST): Promise<BuiltFile[]> {
  await describePackage(outdir);
  const [bundles] = await Promise.all([esbuild(bundleOptions(outdir)), esbuild(stubOptions(outdir))]);
  await writeFile(join(outdir, 'meta.json'), JSON.stringify(bundles.metafile));
  const paths = [...entries(), 'layers/otel/otel'].map((entry) => `${entry}.js`).sort();
  return Promise.all(paths.map((path) => measure(outdir, path)));
}

/** Builds, then again at every change, calling `onRebuild` after each, until the returned function is called. */
export async function watch(onRebuild: (line: string) => void, outdir = DIST): Promise<() => Promise<void>> {
  await describePackage(outdir);
  const plugins = [reporter(onRebuild)];
  const bundles = await context({ ...bundleOptions(outdir), plugins });
  const stub = await context(stubOptions(outdir));
  await Promise.all([bundles.watch(), stub.watch()]);
  return async () => {
    await Promise.all([bundles.dispose(), stub.dispose()]);
  };
}

function entries(): string[] {
  const handlers = globSync('functions/*/handler.ts', { cwd: ROOT }).map((file) => file.replace(/\.ts$/, ''));
  return [...handlers.sort(), 'layers/otel/otel-implementation'];
}

/**
 * CommonJS, and `import()` turned into `require`: as an ES module `import 'node:http'` loads undici as well, 40 ms and 8 MB at
 * cold start. Packages by their ES modules, which alone can be shaken.
 */
function bundleOptions(outdir: string) {
  return {
    ...commonOptions(outdir),
    entryPoints: entries().map((entry) => ({ in: `${entry}.ts`, out: entry })),
    bundle: true,
    mainFields: ['module', 'main'],
    supported: { 'dynamic-import': false },
    // Of @opentelemetry/resources, never called and shaken off; but an import() in sight makes esbuild wrap every module.
    external: ['./getMachineId-*'],
    metafile: true,
  } satisfies BuildOptions;
}

/** Not bundled: what it requires must stay beside it, where it may be missing. */
function stubOptions(outdir: string): BuildOptions {
  return { ...commonOptions(outdir), entryPoints: [{ in: 'layers/otel/otel.ts', out: 'layers/otel/otel' }] };
}

function commonOptions(outdir: string) {
  return {
    absWorkingDir: ROOT,
    outdir,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  } satisfies BuildOptions;
}

/** Above it the project's package.json says that `.js` is ESM. */
async function describePackage(outdir: string): Promise<void> {
  await mkdir(outdir, { recursive: true });
  await writeFile(join(outdir, 'package.json'), '{"type":"commonjs"}\n');
}

async function measure(outdir: string, path: string): Promise<BuiltFile> {
  const content = await readFile(join(outdir, path));
  return { path, bytes: content.length, gzipBytes: gzipSync(content).length };
}

function reporter(onRebuild: (line: string) => void): Plugin {
  return {
    name: 'reporter',
    setup(setup) {
      let started = 0;
      setup.onStart(() => void (started = performance.now()));
      setup.onEnd(({ errors }) => {
        const took = `${Math.round(performance.now() - started)} ms`;
        onRebuild(errors.length === 0 ? `rebuilt in ${took}` : `build failed with ${errors.length} errors`);
      });
    },
  };
}

function toTable(files: readonly BuiltFile[]): string {
  const row = (path: string, bytes: string | number, gzipBytes: string | number) =>
    `${path.padEnd(36)}${String(bytes).padStart(9)}${String(gzipBytes).padStart(9)}`;
  const rows = files.map((file) => row(file.path, file.bytes, file.gzipBytes));
  return [row('', 'bytes', 'gzip'), ...rows].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(toTable(await build()));
  if (process.argv.includes('--watch')) await watch((line) => console.log(line));
}
