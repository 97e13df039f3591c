import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type postgres from 'postgres';
import { afterAll, describe, it } from 'vitest';
import { asSuperuser, createCopies, createWorld, verifyWorld, type World } from '../../fixtures/evidence.ts';
import { runCommand } from '../../fixtures/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-purge-'));
const log = join(folder, 'evidence.ndjson');
const world: World = await createWorld();
const inCopy = createCopies(world);
afterAll(() => rmSync(folder, { recursive: true }));

const WHY = ['--reason', 'retention of ten years', '--log', log];
const TEN_MINUTES_AGO = new Date(Date.now() - 600_000).toISOString();

function purge(url: string, args: readonly string[]) {
  const environment = { DATABASE_URL: url, DATABASE_ROLE: 'prior_auth_purge', LOCAL_DIR: join(folder, 'none') };
  return runCommand('functions/purge/cli.ts', args, { environment });
}

async function countsOf(sql: postgres.Sql): Promise<number[]> {
  const [row] = await sql`
    select (select count(*) from prior_auth_requests)::int as requests,
      (select count(*) from prior_auth_audit_events)::int as events,
      (select count(*) from prior_auth_idempotency_keys)::int as keys,
      (select count(*) from prior_auth_tombstones)::int as tombstones`;
  return Object.values({ ...row }) as number[];
}

describe('npm run purge', () => {
  it('shows what it would remove, and removes nothing while nobody says yes', () =>
    inCopy(async ({ url, sql }) => {
      const { code, stderr } = await purge(url, ['--before', TEN_MINUTES_AGO, ...WHY]);
      assert.equal(code, 2);
      assert.match(
        stderr,
        /^6 requests, PA-00001 to PA-00008, created .*: to be removed with trail and key, for good\./,
      );
      assert.match(stderr, /Nobody is there to ask: say --yes/);
      assert.deepEqual(await countsOf(sql), [8, 24, 2, 2]);
    }));

  it('removes with --yes, leaves a tombstone in the log, and verify has no finding; the second time there is nothing to do', () =>
    inCopy(async ({ url, sql, logs }) => {
      writeFileSync(log, '');
      const { code, stderr } = await purge(url, ['--before', TEN_MINUTES_AGO, '--yes', '--by', 'A. Clerk', ...WHY]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Removed 6 requests \(1-2,4-5,7-8\): tombstone 3, [0-9a-f]{64}\./);
      assert.deepEqual(await countsOf(sql), [2, 6, 0, 3]);
      const { tombstone } = JSON.parse(readFileSync(log, 'utf8')) as { tombstone: Record<string, unknown> };
      assert.deepEqual(
        [tombstone['seq'], tombstone['purged_by'], tombstone['reason'], tombstone['requests']],
        [3, 'A. Clerk', 'retention of ten years', 6],
      );
      logs.evidence.push(readFileSync(log, 'utf8'));
      const { findings, purged } = await verifyWorld({ url, logs });
      assert.deepEqual([findings, purged], [[], 8]);
      const again = await purge(url, ['--before', TEN_MINUTES_AGO, '--yes', ...WHY]);
      assert.equal(again.code, 0);
      assert.match(again.stderr, /There is nothing to remove/);
    }));

  it('removes one request, and says of one that is gone by which tombstone', () =>
    inCopy(async ({ url, sql }) => {
      const { code, stderr } = await purge(url, ['--request', 'PA-00002', '--yes', ...WHY]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(await countsOf(sql), [7, 21, 1, 3]);
      const again = await purge(url, ['--request', 'PA-00002', '--yes', ...WHY]);
      assert.equal(again.code, 0);
      assert.match(again.stderr, /It was removed by tombstone 3/);
    }));

  it('leaves what no checkpoint covers yet, and says so', () =>
    inCopy(async ({ url, sql }) => {
      const { code, stderr } = await purge(url, ['--request', 'PA-00010', '--yes', ...WHY]);
      assert.equal(code, 0);
      assert.match(stderr, /1 more are not under a checkpoint of reconcile yet, and stay/);
      assert.deepEqual(await countsOf(sql), [8, 24, 2, 2]);
    }));

  it('removes nothing when the tombstone cannot be written', () =>
    inCopy(async ({ url, sql }) => {
      const nowhere = ['--reason', 'retention', '--log', join(folder, 'absent', 'log')];
      const { code, stderr } = await purge(url, ['--request', 'PA-00002', '--yes', ...nowhere]);
      assert.equal(code, 2);
      assert.match(stderr, /ENOENT/);
      assert.deepEqual(await countsOf(sql), [8, 24, 2, 2]);
    }));

  it('does not remove a trail whose end is gone', () =>
    inCopy(async ({ url, sql }) => {
      await asSuperuser(sql, 'delete from prior_auth_audit_events where request_id = 2 and seq = 3');
      const { code, stderr } = await purge(url, ['--request', 'PA-00002', '--yes', ...WHY]);
      assert.equal(code, 2);
      assert.match(stderr, /verify before you purge/);
    }));

  for (const [args, text] of [
    [['--unknown'], /Unknown option '--unknown'/],
    [['--before', '2020-01-01'], /--reason is missing/],
    [['--reason', 'x'], /Say what to remove/],
    [['--reason', 'x', '--before', '2020-01-01', '--request', 'PA-00001'], /Say what to remove/],
    [['--reason', 'x', '--before', 'then'], /must be a date/],
    [['--reason', 'x', '--request', '1'], /must be a PA number/],
    [['--reason', 'x', '--request', 'PA-00001'], /name the log of the tombstone/],
  ] as const)
    it(`ends with 2 for ${args.join(' ')}`, async () => {
      const { code, stderr } = await purge(world.url, args);
      assert.equal(code, 2);
      assert.match(stderr, text);
    });

  it('prints its help with --help', async () => {
    const { code, stdout } = await purge(world.url, ['--help']);
    assert.equal(code, 0);
    assert.match(stdout, /--before DATE/);
  });
});

describe('the trail', () => {
  for (const statement of [
    `update prior_auth_audit_events set actor = 'other'`,
    'delete from prior_auth_audit_events',
    'truncate prior_auth_audit_events',
    'delete from prior_auth_tombstones',
    'update prior_auth_purged_heads set hash = hash',
    'update prior_auth_checkpoints set hash = hash',
    `update prior_auth_checkpoints set written_at = now()`,
    'delete from prior_auth_checkpoints',
    // Under the tombstone of another transaction.
    `insert into prior_auth_purged_heads values (5, 3, 'x', 1); delete from prior_auth_audit_events where request_id = 5`,
  ])
    it(`is append-only even for its owner: ${statement}`, () =>
      inCopy(async ({ sql }) => {
        await assert.rejects(sql.unsafe(statement), /append-only/);
      }));
});
