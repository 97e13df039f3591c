import type { AssetCode } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type Metafile } from 'esbuild';
import { cpSync, globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DEPLOYED_BUNDLE } from '../build.ts';
import { generatedCode } from '../generated-code.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MIGRATIONS = join(import.meta.dirname, '../database');

/** The migrator and the SQL files that it applies: the very ones that `npm run migrate` and the launcher apply. */
export function migratorCode(): AssetCode {
  return generatedCode(MIGRATIONS, (folder) => void bundleMigrator(folder));
}

/** Writes `handler.js` and the SQL files, and says what went into the former; its paths are below the project. */
export function bundleMigrator(folder: string): Metafile {
  const { metafile } = buildSync({
    ...DEPLOYED_BUNDLE,
    absWorkingDir: ROOT,
    entryPoints: [join(import.meta.dirname, 'handler.ts')],
    outfile: join(folder, 'handler.js'),
    metafile: true,
    // The migrator looks for its files beside itself, and is no command here.
    define: { 'import.meta.dirname': '__dirname', 'import.meta.main': 'false' },
  });
  for (const file of globSync('*.sql', { cwd: MIGRATIONS })) cpSync(join(MIGRATIONS, file), join(folder, file));
  return metafile;
}
