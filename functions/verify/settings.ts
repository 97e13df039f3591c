import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

export interface VerifySettings {
  /** The environment of `databaseSettings`; undefined: there is no database. */
  readonly database: Readonly<Record<string, string | undefined>> | undefined;
  /** The log of `npm run local`. */
  readonly spool: string;
}

/** DATABASE_URL, or the database of a running `npm run local`, which leaves its address in LOCAL_DIR. */
export function readVerifySettings(): VerifySettings {
  if (existsSync(join(ROOT, '.env'))) process.loadEnvFile(join(ROOT, '.env'));
  const folder = resolve(ROOT, process.env['LOCAL_DIR'] || '.local');
  const own = process.env['DATABASE_URL'] || undefined;
  const address = join(folder, 'database-url');
  const url = own ?? (existsSync(address) ? readFileSync(address, 'utf8') : undefined);
  return {
    // The whole table in one statement takes longer than a request may.
    database:
      url === undefined ? undefined : { ...process.env, DATABASE_URL: url, DATABASE_STATEMENT_TIMEOUT_MS: '60000' },
    spool: join(folder, 'spool', `functions${suffixOf(own)}.ndjson`),
  };
}

/** As the launcher names the log of a database that is not its own (local/machine/folders.ts). */
function suffixOf(databaseUrl: string | undefined): string {
  if (databaseUrl === undefined) return '';
  const { host, pathname } = new URL(databaseUrl);
  return `-${createHash('sha256')
    .update(host + pathname)
    .digest('hex')
    .slice(0, 8)}`;
}
