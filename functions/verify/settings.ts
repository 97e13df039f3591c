import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

export interface VerifySettings {
  readonly databaseUrl: string | undefined;
  /** The role to act as: prior_auth_verify sees audit rows and request numbers only. */
  readonly databaseRole: string | undefined;
  /** The log of `npm run local`. */
  readonly spool: string;
}

/** DATABASE_URL, or the database of a running `npm run local`, which leaves its address in LOCAL_DIR. */
export function readVerifySettings(): VerifySettings {
  if (existsSync(join(ROOT, '.env'))) process.loadEnvFile(join(ROOT, '.env'));
  const folder = resolve(ROOT, process.env['LOCAL_DIR'] || '.local');
  const address = join(folder, 'database-url');
  return {
    databaseUrl: process.env['DATABASE_URL'] || (existsSync(address) ? readFileSync(address, 'utf8') : undefined),
    databaseRole: process.env['DATABASE_ROLE'],
    spool: join(folder, 'spool', 'functions.ndjson'),
  };
}
