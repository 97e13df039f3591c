/** The built files that are deployed: the very ones that run locally. */
import { Code, type AssetCode } from 'aws-cdk-lib/aws-lambda';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod/mini';
import { staleness } from './freshness.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** The code of a function. @throws Error when it is not built, or something that it is made of was changed since. */
export function bundle(folder: string): AssetCode {
  return Code.fromAsset(upToDate(`functions/${folder}`));
}

/** The layers, which Lambda unpacks below /opt: `/opt/otel/otel.js`. @throws Error as `bundle` does. */
export function layers(): AssetCode {
  return Code.fromAsset(upToDate('layers'));
}

function upToDate(folder: string): string {
  const fault = staleness(folder, ROOT);
  if (fault !== undefined) throw new Error(`${fault}: run npm run build`);
  return join(ROOT, 'dist', folder);
}

const Package = z.object({ version: z.string() });

/** The project's version. */
export function readVersion(): string {
  return Package.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))).version;
}
