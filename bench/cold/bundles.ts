/** Builds what the candidates run. Each is a folder with `var/task` and `opt`, as Lambda has them at its root. */
import { build as esbuild } from 'esbuild';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleOptions } from '../../infra/build.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');

/** The least there is. */
export function bareTask(root: string): string {
  mkdirSync(join(root, 'var/task'), { recursive: true });
  const code = "exports.handler = async () => ({ statusCode: 200, body: '{}' });\n";
  writeFileSync(join(root, 'var/task/handler.js'), code);
  return root;
}

/** dist/functions/submit, as it is deployed. */
export function builtSubmitTask(root: string): string {
  cpSync(join(DIST, 'functions/submit'), join(root, 'var/task'), { recursive: true });
  return root;
}

/**
 * A handler of this repository, built as for the deployment.
 * @param entry its file without extension, below the repository: `functions/submit/handler`
 * @param api the folder of another @opentelemetry/api: a layer sees the spans only of functions that have its own
 * version
 */
export async function task(root: string, entry: string, api?: string): Promise<string> {
  const built = join(root, 'built');
  const alias = api === undefined ? {} : { '@opentelemetry/api': api };
  await esbuild({ ...bundleOptions(ROOT, built, [entry]), alias });
  mkdirSync(join(root, 'var/task'), { recursive: true });
  cpSync(join(built, `${entry}.js`), join(root, 'var/task/bundle.js'));
  // An instrumentation replaces the handler in its module, which esbuild's exports do not allow.
  writeFileSync(join(root, 'var/task/handler.js'), "exports.handler = require('./bundle.js').handler;\n");
  return root;
}

/** dist/layers */
export function withBuiltLayer(root: string): string {
  cpSync(join(DIST, 'layers'), join(root, 'opt'), { recursive: true });
  return root;
}

/**
 * Bundles a peer's set-up beside it, as the peers' own layers are bundled: a folder of its own would find no packages.
 */
export async function bundlePeer(folder: string, entries: readonly string[]): Promise<void> {
  await esbuild({
    absWorkingDir: folder,
    entryPoints: entries.map((entry) => ({ in: entry, out: entry.replace(/\.\w+$/, '') })),
    outdir: join(folder, 'built'),
    outExtension: { '.js': '.cjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: ['import-in-the-middle', 'require-in-the-middle', '@aws-sdk/*', '@smithy/*'],
    logLevel: 'silent',
  });
}
