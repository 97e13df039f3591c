import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterAll, test } from 'vitest';
import * as z from 'zod/mini';
import { readMigrations } from '../../../infra/database/migrate.ts';
import { bundleMigrator } from '../../../infra/migrator/bundle.ts';
import { freshDatabase } from '../../database.ts';
import { startAnswers } from '../../fixtures/answers.ts';

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-migrator-'));
afterAll(() => rmSync(folder, { recursive: true }));
const answers = await startAnswers();
afterAll(() => answers.close());

const Success = z.object({ Status: z.literal('SUCCESS'), Data: z.object({ Applied: z.string() }) });

/** A database without a schema, on the server of the tests. */
async function emptyDatabase(): Promise<string> {
  const { sql, url } = await freshDatabase();
  await sql.unsafe('create database without_schema');
  return Object.assign(new URL(url), { pathname: '/without_schema' }).href;
}

/** Invokes the bundle as Lambda would: another process, with nothing of the project around it. */
async function invoke(url: string): Promise<z.infer<typeof Success>> {
  const ids = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Schema' };
  const event = { RequestType: 'Create', ResponseURL: answers.address, ...ids };
  const script = `require('./handler.js').handler(${JSON.stringify(event)})`;
  const env = { PATH: process.env['PATH'], DATABASE_URL: url };
  await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder, env });
  return Success.parse(answers.puts.at(-1)?.body);
}

test(
  'the bundle that is deployed brings an empty database to the schema of the project, once',
  { timeout: 60_000 },
  async () => {
    const files = readMigrations();
    bundleMigrator(folder);
    for (const { name, sql } of files) assert.equal(readFileSync(join(folder, name), 'utf8'), sql);
    const url = await emptyDatabase();
    const { Data } = await invoke(url);
    assert.equal(Data.Applied, files.map(({ name }) => name).join(', '));
    assert.equal((await invoke(url)).Data.Applied, '');
    const sql = postgres(url, { max: 1 });
    const rows = await sql`select name, sha256 from schema_migrations order by name`;
    await sql.end();
    assert.deepEqual(
      [...rows],
      files.map(({ name, sha256 }) => ({ name, sha256 })),
    );
  },
);
