import { migrate, readMigrations } from '../database/migrate.ts';
import { readDatabase } from '../database/settings.ts';
import { createMigrator } from './migrator.ts';

export const handler = createMigrator(async () => {
  const { url, login } = await readDatabase();
  return migrate(url, readMigrations(), login);
});
