/**
 * Applies the numbered SQL files of this folder to a database: each once, in order, in a transaction of its own, one
 * migrator at a time. What ran is recorded with a hash, and an applied file that was edited since is refused.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import type { DatabaseLogin } from '../../functions/runtime/database-login.ts';

/** Any constant will do; it only has to be the same in every migrator. */
const MIGRATION_LOCK = 7_240_001;

export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/** The migrations of a folder in the order of their numbers. */
export function readMigrations(folder = import.meta.dirname): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_.*\.sql$/.test(name))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name), 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    });
}

/**
 * Brings a database up to date and returns the names of the files it applied.
 * @param login how to log in; by default as the URL says
 * @throws Error when an applied file was changed, or a file fails (that file then leaves nothing behind).
 */
export async function migrate(
  url: string,
  migrations: readonly Migration[] = readMigrations(),
  login: Partial<DatabaseLogin> = {},
): Promise<string[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined, ...login });
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await sql`
      create table if not exists schema_migrations (
        name text primary key, sha256 text not null, applied_at timestamptz not null default now()
      )`;
    const rows = await sql<{ name: string; sha256: string }[]>`select name, sha256 from schema_migrations`;
    const applied = new Map(rows.map((row) => [row.name, row.sha256]));
    return await applyPending(sql, migrations, applied);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/**
 * The roles among `roles` that no IAM token lets in: not there, or no member of rds_iam. The files go on without what
 * they have no right to make, which is right on a laptop and would be found in a deployment by every function at once.
 */
export async function withoutLogin(
  url: string,
  roles: readonly string[],
  login: Partial<DatabaseLogin> = {},
): Promise<string[]> {
  const sql = postgres(url, { max: 1, ...login });
  try {
    const rows = await sql<{ role: string }[]>`
      select role from string_to_table(${roles.join()}, ',') as wanted (role)
      where role not in (
        select member.rolname from pg_auth_members
        join pg_roles as member on member.oid = pg_auth_members.member
        join pg_roles as iam on iam.oid = pg_auth_members.roleid and iam.rolname = 'rds_iam'
      )`;
    return rows.map(({ role }) => role);
  } finally {
    await sql.end();
  }
}

async function applyPending(sql: postgres.Sql, migrations: readonly Migration[], applied: Map<string, string>) {
  const fresh: string[] = [];
  for (const migration of migrations) {
    const known = applied.get(migration.name);
    if (known === migration.sha256) continue;
    if (known !== undefined) {
      throw new Error(
        `${migration.name} was applied in another form: add a new migration instead of editing an old one`,
      );
    }
    await sql.begin(async (tx) => {
      await tx.unsafe(migration.sql);
      await tx`insert into schema_migrations ${tx({ name: migration.name, sha256: migration.sha256 })}`;
    });
    fresh.push(migration.name);
  }
  return fresh;
}
