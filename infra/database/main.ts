/** `npm run migrate`: brings the database of DATABASE_URL up to date. */
import { takeNoOptions } from '../../local/machine/command.ts';
import { migrate, readMigrations } from './migrate.ts';
import { readDatabase, readEnvironmentFile } from './settings.ts';

const HELP = `Usage: npm run migrate

Applies the SQL files of infra/database that DATABASE_URL has not had yet, each once, and prints which.

  --help  print this

DATABASE_URL, DATABASE_CA_FILE and DATABASE_AUTH are read from the environment and from .env, as for the functions.`;

takeNoOptions({ name: 'migrate', help: HELP });

try {
  readEnvironmentFile();
  const { url, login } = await readDatabase();
  const applied = await migrate(url, readMigrations(), login);
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`);
} catch (error) {
  console.error(describe(error));
  process.exitCode = 1;
}

/** With the code that PostgreSQL, TLS or the network gives: it says more than some messages do. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? `${String(error.code)}: ${error.message}` : error.message;
}
