/**
 * `npm run sbom`: builds, and writes what is in it to dist/sbom.cdx.json. Ends with 1 at a licence that is not
 * permissive.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod/mini';
import { takeNoOptions } from '../../local/machine/command.ts';
import { build } from '../build.ts';
import { billOfMaterials } from './bill.ts';
import { readLock } from './locked-packages.ts';
import { readShipped } from './shipped.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FILE = 'dist/sbom.cdx.json';
const Project = z.object({ name: z.string(), version: z.string() });

const HELP = `Usage: npm run sbom

Builds, and writes which third-party packages are in each deployed file to ${FILE} (CycloneDX). Ends with 1 at a
licence that is not on the list in infra/sbom/licences.ts.

  --help  print this`;

takeNoOptions({ name: 'sbom', help: HELP });
await build();
const bill = billOfMaterials(
  Project.parse(read('package.json')),
  readShipped(ROOT),
  readLock(read('package-lock.json')),
);
writeFileSync(join(ROOT, FILE), bill);
console.log(FILE);

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
}
