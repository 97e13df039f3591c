import { migrate, readMigrations, withoutLogin } from '../database/migrate.ts';
import { FUNCTION_ROLES } from '../database/roles.ts';
import { readDatabase } from '../database/settings.ts';
import { createMigrator } from './migrator.ts';

export const handler = createMigrator(async () => {
  const { url, login } = await readDatabase();
  const applied = await migrate(url, readMigrations(), login);
  // Where the owner logs in by token, so must they.
  const missing = login.password === undefined ? [] : await withoutLogin(url, FUNCTION_ROLES, login);
  if (missing.length > 0) throw new Error(`No IAM token lets in ${missing.join(', ')}: grant rds_iam to each`);
  return applied;
});
