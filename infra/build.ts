/**
 * Bundles what is deployed: every `functions/<name>/handler.ts` there is, and the two files of the OpenTelemetry layer.
 * The same files run locally and in the cloud. `npm run build -- --watch` rebuilds at every change.
 */
import { build as esbuild, type BuildOptions, type Message, type Plugin } from 'esbuild';
import { globSync, watch as watchFolder } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { HELP_OPTION, orEnd, parseCommand } from '../local/machine/command.ts';

/** An editor saves in several steps; a build begins when they are over. */
const SETTLE_MS = 30;

interface Folders {
  /** The folder of the project, with `functions/` and `layers/` in it. */
  readonly root?: string;
  readonly outdir?: string;
}

export interface BuiltFile {
  /** Below the output folder: `functions/submit/handler.js`. */
  readonly path: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

/**
 * Builds all into `outdir`, by default `dist`; the same sources give the same bytes. `meta.json` there says what went
 * into which bundle.
 * @throws Error with file, line and text of what esbuild finds wrong, its warnings included (an empty `import.meta` is
 * one).
 */
export async function build(folders: Folders = {}): Promise<BuiltFile[]> {
  const { root, outdir } = resolveFolders(folders);
  const [bundles, stub] = await Promise.all([
    esbuild({ ...bundleOptions(root, outdir, entriesOf(root)), write: false }),
    esbuild({ ...stubOptions(root, outdir), write: false }),
  ]);
  refuseWarnings([...bundles.warnings, ...stub.warnings]);
  const files = [...bundles.outputFiles, ...stub.outputFiles];
  await replace(join(outdir, 'package.json'), PACKAGE);
  await Promise.all(files.map(({ path, contents }) => replace(path, contents)));
  await replace(join(outdir, 'meta.json'), JSON.stringify(bundles.metafile));
  return files
    .map(({ path, contents }) => ({
      path: relative(outdir, path),
      bytes: contents.length,
      gzipBytes: gzipSync(contents).length,
    }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

/**
 * Builds again whenever a source changes, and tells the outcome in one line each. Watches by the system's events:
 * esbuild's own watch mode polls, and may take two seconds to see a change.
 */
export function watch(onBuild: (line: string) => void, folders: Folders = {}): () => Promise<void> {
  let settling: NodeJS.Timeout | undefined;
  let building = Promise.resolve();
  const changed = (): void => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      building = building.then(() => rebuild(onBuild, folders));
    }, SETTLE_MS);
  };
  const { root } = resolveFolders(folders);
  const watchers = ['functions', 'layers'].map((name) => watchFolder(join(root, name), { recursive: true }, changed));
  return async () => {
    for (const watcher of watchers) watcher.close();
    clearTimeout(settling);
    await building;
  };
}

async function rebuild(onBuild: (line: string) => void, folders: Folders): Promise<void> {
  const started = performance.now();
  const outcome = await build(folders).then(
    () => `built in ${Math.round(performance.now() - started)} ms`,
    (error: unknown) => String(error).replaceAll('\n', ' '),
  );
  onBuild(outcome);
}

function resolveFolders({ root = resolve(import.meta.dirname, '..'), outdir = join(root, 'dist') }: Folders) {
  return { root, outdir };
}

/** What Lambda runs. */
const DEPLOYED = {
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  minify: true,
  legalComments: 'none',
  logLevel: 'silent',
} satisfies BuildOptions;
/** See `bundleOptions`. */
const BUNDLED = {
  bundle: true,
  mainFields: ['module', 'main'],
  supported: { 'dynamic-import': false },
} satisfies BuildOptions;
/** A file of Lambda's with all that it needs in it. */
export const DEPLOYED_BUNDLE = { ...DEPLOYED, ...BUNDLED } satisfies BuildOptions;

/** Above the output folder the project's package.json says that `.js` is ESM. */
const PACKAGE = '{"type":"commonjs"}\n';

const IMPLEMENTATION = 'layers/otel/otel-implementation';
const STUB = 'layers/otel/otel';
const TRACER = 'powertools-tracer';
/** The functions that carry the Powertools tracer beside their bundle, loaded only where it is switched on. */
const TRACED = ['status', 'submit'];

/** The outputs of the tracer, without extension: one beside each handler that may load it. */
function tracersOf(entries: readonly string[]): string[] {
  return TRACED.filter((name) => entries.includes(`functions/${name}/handler`)).map(
    (name) => `functions/${name}/${TRACER}`,
  );
}

/** Sources and outputs alike, without extension. */
function entriesOf(root: string): string[] {
  const handlers = globSync('functions/*/handler.ts', { cwd: root }).map((file) => file.replace(/\.ts$/, ''));
  return [...handlers.sort(), IMPLEMENTATION];
}

/**
 * CommonJS, and `import()` turned into `require`: as an ES module `import 'node:http'` loads undici as well, 40 ms and
 * 8 MB at cold start. Packages by their ES modules, which alone can be shaken.
 */
export function bundleOptions(root: string, outdir: string, entries: string[]) {
  return {
    ...commonOptions(root, outdir),
    entryPoints: [
      ...entries.map((entry) => ({ in: `${entry}.ts`, out: entry })),
      ...tracersOf(entries).map((out) => ({ in: `functions/runtime/${TRACER}.ts`, out })),
    ],
    plugins: [tracerBeside],
    ...BUNDLED,
    metafile: true,
  } satisfies BuildOptions;
}

/** Leaves the tracer's import as a file next to the bundle. */
const tracerBeside: Plugin = {
  name: 'tracer-beside',
  setup(build) {
    build.onResolve({ filter: /\/powertools-tracer\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: `./${TRACER}.js`, external: true } : undefined,
    );
  },
};

/** Not bundled: what it requires must stay beside it, where it may be missing. */
function stubOptions(root: string, outdir: string) {
  return { ...commonOptions(root, outdir), entryPoints: [{ in: `${STUB}.ts`, out: STUB }] } satisfies BuildOptions;
}

function commonOptions(root: string, outdir: string) {
  return { absWorkingDir: root, outdir, ...DEPLOYED } satisfies BuildOptions;
}

function refuseWarnings(warnings: readonly Message[]): void {
  if (warnings.length === 0) return;
  const lines = warnings.map(({ location, text }) => `${location?.file ?? ''}:${location?.line ?? ''}: ${text}`);
  throw new Error(`Build stopped by warnings:\n${lines.join('\n')}`);
}

/** In one step: a function that starts meanwhile loads the file of before or the new one, never half of it. */
async function replace(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}.tmp`;
  await writeFile(next, content);
  await rename(next, path);
}

function toTable(files: readonly BuiltFile[]): string {
  const row = (path: string, bytes: string | number, gzipBytes: string | number) =>
    `${path.padEnd(36)}${String(bytes).padStart(9)}${String(gzipBytes).padStart(9)}`;
  const rows = files.map((file) => row(file.path, file.bytes, file.gzipBytes));
  return [row('', 'bytes', 'gzip'), ...rows].join('\n');
}

const HELP = `Usage: npm run build -- [--watch]

Bundles the functions and the OpenTelemetry layer into dist/, which is what a deployment and npm run local run, and prints
the sizes.

  --watch  build again at every change under functions/ or layers/, until Ctrl-C
  --help   print this`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { ...HELP_OPTION, watch: { type: 'boolean', default: false } } as const;
  const command = { name: 'build', help: HELP };
  const { watch: keepsOn } = orEnd(parseCommand(command, () => parseArgs({ options }).values));
  console.log(toTable(await build()));
  if (keepsOn) watch((line) => console.log(line));
}
