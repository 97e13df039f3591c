import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { migrate, readMigrations, type Migration } from '../../../infra/database/migrate.ts';
import { freshDatabase, type TestDatabase } from '../../database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

function migration(name: string, sql: string): Migration {
  return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
}

/** A table of its own per test, so that migrations can be told apart. */
const createTable = (table: string) => migration(`9000_${table}.sql`, `create table ${table} (id int)`);

async function exists(table: string): Promise<boolean> {
  const [row] = await database.sql<[{ found: boolean }]>`select to_regclass(${table}) is not null as found`;
  return row.found;
}

async function recorded(name: string) {
  return [...(await database.sql`select name, sha256, applied_at from schema_migrations where name = ${name}`)];
}

describe('migrations', () => {
  test('of the project are applied once each, in their order, and recorded with hash and time', async () => {
    const names = readMigrations().map(({ name }) => name);
    assert.deepEqual(names.slice(0, 3), ['0001_prior_auth.sql', '0002_series.sql', '0003_roles.sql']);
    const rows = await database.sql`select name, sha256, applied_at from schema_migrations order by applied_at, name`;
    assert.deepEqual(
      rows.map((row) => [row['name'], row['sha256']] as unknown),
      readMigrations().map(({ name, sha256 }) => [name, sha256]),
    );
    for (const row of rows) assert.ok(Date.now() - Number(row['applied_at']) < 120_000);
    assert.deepEqual(await migrate(database.url), []);
    assert.deepEqual(
      [...(await database.sql`select name, sha256, applied_at from schema_migrations order by applied_at, name`)],
      [...rows],
    );
  });

  test('that are new are applied after those that ran, and only they', async () => {
    const [one, two] = [createTable('one'), createTable('two')];
    assert.deepEqual(await migrate(database.url, [one]), [one.name]);
    assert.deepEqual(await migrate(database.url, [one, two]), [two.name]);
    assert.deepEqual([await exists('one'), await exists('two')], [true, true]);
  });

  test('are applied once by migrators that run at once', async () => {
    const slow = migration('9001_slow.sql', 'select pg_sleep(0.2); create table slow (id int)');
    const applied = await Promise.all([1, 2, 3].map(() => migrate(database.url, [slow])));
    assert.deepEqual(applied.flat(), [slow.name]);
    assert.equal((await recorded(slow.name)).length, 1);
  });

  test('that were edited after they ran are refused by name, and nothing after them runs', async () => {
    const original = createTable('edited');
    await migrate(database.url, [original]);
    const edited = migration(original.name, `${original.sql}; -- and more`);
    const later = createTable('later');
    await assert.rejects(migrate(database.url, [edited, later]), {
      message: `${original.name} was applied in another form: add a new migration instead of editing an old one`,
    });
    assert.equal(await exists('later'), false);
  });

  test('that fail leave nothing, no record either; those before them stay, and all can be tried again', async () => {
    const [before, after] = [createTable('before_it'), createTable('after_it')];
    const failing = migration(
      '9002_failing.sql',
      'create table failing (id int); insert into failing values (1); select 1/0',
    );
    await assert.rejects(migrate(database.url, [before, failing, after]), { code: '22012' });
    assert.deepEqual(
      [await exists('before_it'), await exists('failing'), await exists('after_it')],
      [true, false, false],
    );
    assert.deepEqual(await recorded(failing.name), []);
    const mended = migration(failing.name, 'create table failing (id int)');
    assert.deepEqual(await migrate(database.url, [before, mended, after]), [mended.name, after.name]);
  });

  test('give their lock back, also when one failed', async () => {
    await assert.rejects(migrate(database.url, [migration('9003_broken.sql', 'create tabel')]));
    const locks = await database.sql`
      select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;
    assert.equal(locks.count, 0);
  });
});

describe('the files of a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-migrations-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('are migrations by their numbers, whatever order they were written in; others are none', () => {
    for (const name of [
      '0002_b.sql',
      '0010_c.sql',
      '0001_a.sql',
      'notes.md',
      '3_d.sql',
      '0004_e.sql.bak',
      'x0005_f.sql',
    ]) {
      writeFileSync(join(folder, name), 'abc');
    }
    const migrations = readMigrations(folder);
    assert.deepEqual(
      migrations.map(({ name }) => name),
      ['0001_a.sql', '0002_b.sql', '0010_c.sql'],
    );
    const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    assert.deepEqual(migrations[0], { name: '0001_a.sql', sql: 'abc', sha256 });
  });
});
