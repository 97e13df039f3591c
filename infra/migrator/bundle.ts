import type { AssetCode } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { cpSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { generatedCode } from '../generated-code.ts';

const MIGRATIONS = join(import.meta.dirname, '../database');

/** The migrator and the SQL files that it applies: the very ones that `npm run migrate` and the launcher apply. */
export function migratorCode(): AssetCode {
  return generatedCode(MIGRATIONS, bundleMigrator);
}

export function bundleMigrator(folder: string): void {
  buildSync({
    entryPoints: [join(import.meta.dirname, 'handler.ts')],
    outfile: join(folder, 'handler.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
    mainFields: ['module', 'main'],
    supported: { 'dynamic-import': false },
    // The migrator looks for its files beside itself, and is no command here.
    define: { 'import.meta.dirname': '__dirname', 'import.meta.main': 'false' },
  });
  for (const file of globSync('*.sql', { cwd: MIGRATIONS })) cpSync(join(MIGRATIONS, file), join(folder, file));
}
