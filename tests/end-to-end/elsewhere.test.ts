import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import postgres from 'postgres';
import { removeCluster } from '../../local/embedded/postgres/cluster.ts';
import { request, series, startStack, submit, until, type Stack } from './stack.ts';
import { readTrace } from './trace.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/**
 * Only its owner may enter it, root as often as not, and its name has a space: NODE_OPTIONS and PostgreSQL must cope.
 */
const parent = mkdtempSync(join(tmpdir(), 'prior-auth-elsewhere-'));
const root = join(parent, 'my project');
/** Of what takes a moment on an idle machine. */
const TIMEOUT_MS = 30_000;
let stack: Stack;

before(async () => {
  mkdirSync(root);
  for (const name of ['functions', 'layers', 'infra', 'local', 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, name), join(root, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  stack = await startStack({ root, folder: join(root, '.local'), args: ['--watch'] });
});
after(async () => {
  await stack.stop();
  await removeCluster(join(root, '.local', 'postgres'));
  rmSync(parent, { recursive: true });
});

describe('below a directory that only its owner can enter, in a path with a space', () => {
  test('everything works: answer, trace and counters', async () => {
    const answer = await submit(stack);
    assert.equal(answer.status, 201);
    assert.equal((await readTrace(stack, answer.headers.get('x-trace-id') ?? '', 5)).spans.length, 5);
    await until(
      async () => (await series(stack, 'prior_auth_requests_total{status="success"}')) === 1,
      TIMEOUT_MS,
      () => 'not counted',
    );
  });

  test('the audit trail is verified there', () => {
    const printed = execFileSync(process.execPath, ['functions/verify/cli.ts'], { cwd: root, encoding: 'utf8' });
    assert.match(printed, /1 requests, 3 audit events, 0 findings/);
  });

  test('--watch makes a change live', async () => {
    const file = join(root, 'functions', 'health', 'health.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace("'healthy'", "'changed'"));
    await until(
      async () => (await request(`${stack.api}/health`)).json['status'] === 'changed',
      TIMEOUT_MS,
      () => `the change is not live:\n${stack.output()}`,
    );
    // The files are live before the line about them has come through the pipe.
    await until(
      () => /built in \d+ ms/.test(stack.output()),
      TIMEOUT_MS,
      () => `nothing said that it was built:\n${stack.output()}`,
    );
  });

  test('--watch, which starts a function anew for each request, lets none keep its connection to the database', async () => {
    for (let n = 0; n < 20; n++) assert.equal((await request(`${stack.api}/health`)).status, 200);
    const sql = postgres(await stack.databaseUrl(), { max: 1 });
    const others = async () => {
      const [row] = await sql<{ count: number }[]>`
        select count(*)::int from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`;
      return row?.count ?? 0;
    };
    try {
      // Those of the bridge and of what scrapes come and go.
      await until(
        async () => (await others()) < 10,
        TIMEOUT_MS,
        () => 'their connections stay open',
      );
    } finally {
      await sql.end();
    }
  });
});
