import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { databaseUrlFault } from '../../functions/contract/settings-rules.ts';
import type { DatabaseLogin } from '../../functions/runtime/database-login.ts';

/** Reads `.env` where there is one; a variable that is set, be it empty, wins over it. */
export function readEnvironmentFile(): void {
  const file = resolve(import.meta.dirname, '../../.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/**
 * The database to migrate, and how to log in.
 * @throws Error when DATABASE_URL is not set or is none; SettingsError when DATABASE_CA_FILE or DATABASE_AUTH cannot be
 * followed
 */
export async function readDatabase(): Promise<{ url: string; login: Partial<DatabaseLogin> }> {
  const { DATABASE_URL: url, DATABASE_CA_FILE: file, DATABASE_AUTH: auth } = process.env;
  const fault = databaseUrlFault(url);
  if (!url || fault !== undefined) throw new Error(`DATABASE_URL ${fault}`);
  if (!file && !auth) return { url, login: {} };
  // Of no use on a laptop, where it would take half of the migrator's time.
  const { readLogin } = await import('../../functions/runtime/database-login.ts');
  return { url, login: readLogin() };
}
