/** The database to migrate. @throws Error when DATABASE_URL is not set. */
export function databaseUrl(): string {
  const url = process.env['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL is not set: postgresql://user:password@host:5432/database');
  return url;
}
