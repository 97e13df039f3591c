import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { asSuperuser, createCopies, createWorld, type World } from '../../fixtures/evidence.ts';
import { SUBMISSION } from '../../fixtures/http.ts';
import { runCommand } from '../../fixtures/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-verify-'));
const [spool, evidence] = ['spool', 'evidence'].map((name) => join(folder, `${name}.ndjson`)) as [string, string];
const LOGS = ['--log', spool, '--log', evidence];
const world: World = await createWorld();
const inCopy = createCopies(world);

beforeAll(() => {
  writeFileSync(spool, world.logs.spool.join(''));
  writeFileSync(evidence, world.logs.evidence.join(''));
});
afterAll(() => rmSync(folder, { recursive: true }));

function verify(args: readonly string[], options: { url?: string; input?: string; traces?: string } = {}) {
  const { url = world.url, input = '', traces = '1' } = options;
  const environment = {
    DATABASE_URL: url,
    DATABASE_ROLE: 'prior_auth_verify',
    LOCAL_DIR: join(folder, 'none'),
    TRACES_PORT: traces,
  };
  return runCommand('functions/verify/cli.ts', args, { environment, input });
}

describe('npm run verify', () => {
  it('ends with 0 and says what it held against what', async () => {
    const { code, stdout, stderr } = await verify(LOGS);
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^8 requests, 24 audit events, 0 findings\. Reconcile witnessed, in the place of lost lines: PA-00004\. 2 checkpoints/,
    );
    assert.match(stdout, /2 requests were purged/);
  });

  it('reads the logs from standard input, too, in one stream', async () => {
    const { code, stderr } = await verify(['--log', '-'], {
      input: [...world.logs.spool, ...world.logs.evidence].join(''),
    });
    assert.equal(code, 0, stderr);
  });

  it('ends with 1 and a sentence for each finding', () =>
    inCopy(async ({ url, sql }) => {
      await asSuperuser(sql, `update prior_auth_requests set member_id = 'EVIL' where id = 5`);
      const { code, stdout, stderr } = await verify(LOGS, { url });
      assert.equal(code, 1);
      assert.equal(stderr, 'PA-00005: request, key or salt are not what was stored: the digest does not hold\n');
      assert.match(stdout, /1 findings\./);
    }));

  it('ends with 1 when the log is empty, unless that is allowed', async () => {
    const empty = await verify(['--log', evidence]);
    assert.equal(empty.code, 1);
    assert.match(empty.stderr, /The log has no line of a request/);
    assert.match(empty.stderr, /PA-00001 to PA-00002 \(2 requests\): no line of the log witnesses its trail/);
    const allowed = await verify(['--log', evidence, '--allow-unwitnessed']);
    assert.equal(allowed.code, 0, allowed.stderr);
    assert.match(allowed.stdout, /5 requests have no line in this log\. 2 of the last five minutes have no line yet\./);
  });

  it('prints JSON with --json', async () => {
    const { code, stdout } = await verify(['--log', evidence, '--json']);
    assert.equal(code, 1);
    const { requests, findings } = JSON.parse(stdout) as { requests: number; findings: Record<string, string>[] };
    assert.equal(requests, 8);
    assert.deepEqual(findings[1], {
      kind: 'unwitnessed',
      request_id: 'PA-00001',
      last_request_id: 'PA-00002',
      text: 'PA-00001 to PA-00002 (2 requests): no line of the log witnesses its trail',
    });
  });

  it('looks at one request and those under its checkpoint with --request', async () => {
    const { code, stdout, stderr } = await verify([...LOGS, '--request', 'PA-00008']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^2 requests, 6 audit events, 0 findings\..* 1 checkpoints/);
  });

  for (const [args, text] of [
    [['--unknown'], /Unknown option '--unknown'/],
    [['stray'], /Unexpected argument 'stray'/],
    [['--evidence', 'x'], /--evidence is of one request/],
    [['--request', '17'], /must be a PA number/],
    [['--lines-since', 'yesterday'], /must be a date/],
    [['--log', join(folder, 'absent')], /There is no log at/],
    [[], /There is no log at/],
  ] as const)
    it(`ends with 2 for ${args.join(' ') || 'no log'}`, async () => {
      const { code, stderr } = await verify(args);
      assert.equal(code, 2);
      assert.match(stderr, text);
    });

  it('prints its help with --help', async () => {
    const { code, stdout } = await verify(['--help']);
    assert.equal(code, 0);
    assert.match(stdout, /--lines-since DATE/);
  });
});

describe('--evidence', () => {
  it('leaves files that sha256sum checks, the trace beside them, and nothing about a member', async () => {
    const trace = JSON.stringify({ data: [{ traceID: 'of the trail' }] });
    const paths: string[] = [];
    const traces = createServer((request, response) => {
      paths.push(request.url ?? '');
      response.end(trace);
    }).listen(0, '127.0.0.1');
    await new Promise((done) => traces.once('listening', done));
    const port = String((traces.address() as AddressInfo).port);
    const bundle = join(folder, 'PA-00008');
    const { code, stderr } = await verify([...LOGS, '--request', 'PA-00008', '--evidence', bundle], { traces: port });
    traces.close();
    assert.equal(code, 0, stderr);
    assert.deepEqual(readdirSync(bundle).sort(), [
      'README.txt',
      'SHA256SUMS',
      'checkpoint.json',
      'checkpoint.txt',
      'heads.txt',
      'log.ndjson',
      'row-1.txt',
      'row-2.txt',
      'row-3.txt',
      'trace.json',
      'trail.json',
      'verdict.json',
    ]);
    const checked = execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: bundle, encoding: 'utf8' });
    assert.equal(checked.match(/: OK/g)?.length, 5);
    const read = (name: string) => readFileSync(join(bundle, name), 'utf8');
    const trail = JSON.parse(read('trail.json')) as { rows: { hash: string; trace_id: string }[] };
    assert.equal((JSON.parse(read('log.ndjson')) as { audit_head: string }).audit_head, trail.rows.at(-1)?.hash);
    assert.deepEqual(paths, [`/api/traces/${trail.rows[0]?.trace_id}`]);
    assert.equal(read('trace.json'), trace);
    assert.match(read('heads.txt'), /^7:3:[0-9a-f]{64}\n8:3:[0-9a-f]{64}\n9:3:/);
    const all = readdirSync(bundle).map(read).join('\n');
    for (const value of Object.values(SUBMISSION)) assert.ok(!all.includes(value), value);
    assert.ok(!all.includes('salt":'));
  });

  it('without a checkpoint or a trace says so, and never writes into a folder that is there', async () => {
    const bundle = join(folder, 'PA-00010');
    const { code, stderr } = await verify([...LOGS, '--request', 'PA-00010', '--evidence', bundle]);
    assert.equal(code, 0, stderr);
    const howTo = readFileSync(join(bundle, 'README.txt'), 'utf8');
    assert.match(howTo, /No checkpoint covers the request yet/);
    assert.match(howTo, /The trace was not to be had/);
    const again = await verify([...LOGS, '--request', 'PA-00010', '--evidence', bundle]);
    assert.equal(again.code, 2);
    const absent = await verify([...LOGS, '--request', 'PA-00099', '--evidence', join(folder, 'PA-00099')]);
    assert.match(absent.stderr, /PA-00099 is not in the database/);
  });
});
