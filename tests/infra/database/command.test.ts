/** `npm run migrate` as a user runs it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, test } from 'vitest';
import { readMigrations } from '../../../infra/database/migrate.ts';
import { freshDatabase } from '../../database.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const project = mkdtempSync(join(tmpdir(), 'prior-auth-migrate-'));
afterAll(() => rmSync(project, { recursive: true }));
for (const part of ['infra/database', 'functions/contract', 'functions/runtime', 'local/machine', 'package.json'])
  cpSync(join(ROOT, part), join(project, part), { recursive: true });
symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));

function migrate(environment: NodeJS.ProcessEnv) {
  const env = { PATH: process.env['PATH'], ...environment };
  return promisify(execFile)(process.execPath, ['infra/database/main.ts'], { cwd: project, env });
}

test('the migrator reads .env, over which the environment wins, and says in a line what it lacks', async () => {
  await assert.rejects(migrate({}), { code: 1, stdout: '', stderr: /^DATABASE_URL is not set: .*\n$/ });
  const { sql, url } = await freshDatabase();
  await sql.unsafe('create database of_the_file');
  writeFileSync(
    join(project, '.env'),
    `DATABASE_URL=${Object.assign(new URL(url), { pathname: '/of_the_file' }).href}\n`,
  );
  const { stdout } = await migrate({});
  assert.equal(
    stdout,
    `Applied ${readMigrations()
      .map(({ name }) => name)
      .join(', ')}.\n`,
  );
  assert.equal((await migrate({})).stdout, 'The database is up to date.\n');
  await assert.rejects(migrate({ DATABASE_URL: 'postgresql://127.0.0.1:9/none' }), { code: 1, stderr: /ECONNREFUSED/ });
});
