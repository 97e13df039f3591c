import { runScript } from './run-script.ts';

/** Brings a database up to date. Its URL says all about the login, whatever `.env` has for `npm run migrate`. */
export function applySchema(url: string): Promise<void> {
  return runScript('infra/database/main.ts', { DATABASE_URL: url, DATABASE_AUTH: '', DATABASE_CA_FILE: '' });
}
