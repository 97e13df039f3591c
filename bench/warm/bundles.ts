/** Builds submit with other telemetry than its own. */
import { build as esbuild, type Plugin } from 'esbuild';
import { join, resolve } from 'node:path';
import { bundleOptions } from '../../infra/build.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const HANDLER = 'functions/submit/handler';

/** Nothing of it is left. @returns the bundle */
export function withoutTelemetry(outdir: string): Promise<string> {
  const filter =
    /^@opentelemetry\/api$|\/runtime\/(span|root-span|telemetry|wide-event|log)\.ts$|^\.\/(span|root-span|telemetry|wide-event|log)\.ts$/;
  return bundle(outdir, filter, 'no-telemetry.ts');
}

/** Metrics and log by Powertools, one line each. */
export function withPowertools(outdir: string): Promise<string> {
  return bundle(outdir, /^(\.|.*\/runtime)\/wide-event\.ts$/, 'powertools-event.ts');
}

/** @param filter what is imported from `file` instead, except by that file itself */
async function bundle(outdir: string, filter: RegExp, file: string): Promise<string> {
  const path = join(import.meta.dirname, file);
  const replace: Plugin = {
    name: 'replace',
    setup(build) {
      build.onResolve({ filter }, ({ importer }) => (importer === path ? undefined : { path }));
    },
  };
  const options = bundleOptions(ROOT, outdir, [HANDLER]);
  await esbuild({ ...options, plugins: [replace, ...options.plugins] });
  return join(outdir, `${HANDLER}.js`);
}
