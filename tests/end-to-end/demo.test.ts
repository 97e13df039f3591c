import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, test } from 'vitest';
import { freePort } from '../../local/machine/free-port.ts';
import { startHttpProxy } from '../fixtures/http-proxy.ts';
import { startCommand, type Run } from './command.ts';
import { startStack, submit, until, type Stack } from './stack.ts';

/** `npm run demo` as a user runs it, without a terminal. */
const startDemo = (environment: Record<string, string>, args: readonly string[] = []) =>
  startCommand('local/demo/main.ts', environment, args);

function portsOf({ api, traces }: Pick<Stack, 'api' | 'traces'>): Record<string, string> {
  return { API_PORT: new URL(api).port, TRACES_PORT: new URL(traces).port };
}

function faults({ stdout }: Run): string[] {
  return stdout.split('\n').flatMap((line) => (line.startsWith('  ✗ ') ? [line.slice(4)] : []));
}

/** The part of the output that is about one of the three requests. */
function screen({ stdout }: Run, title: string): string {
  return stdout.split('━━ ').find((part) => part.slice('1 of 3: '.length).startsWith(title)) ?? '';
}

let stack: Stack;
let first: Run;
beforeAll(async () => {
  stack = await startStack();
  first = await startDemo(portsOf(stack)).run;
});

describe('npm run demo', () => {
  test('explains three requests by where, what and why, and ends with 0', () => {
    assert.equal(first.code, 0, first.stdout + first.stderr);
    assert.equal(first.stderr, '');
    assert.match(first.stdout, /^3 cases, \d\d checks passed, 0 failed\n$/m);
    assertNormal(screen(first, 'a normal request'));
    assertSlow(screen(first, 'a slow request'));
    assertMalformed(screen(first, 'a malformed request'));
  });

  function assertNormal(text: string): void {
    // On a busy machine a step of it may be the bottleneck.
    assertInOrder(text, [
      /POST \/prior-auth\/submit → 201 in [\d.]+[mμ]?s/,
      /PA-\d{5} pending, Location: \/prior-auth\/PA-\d{5}, x-trace-id: [0-9a-f]{32}/,
      /^WHERE/m,
      new RegExp(`^ {2}http://localhost:${new URL(stack.traces).port}/trace/[0-9a-f]{32}$`, 'm'),
      /^ {2}POST \/prior-auth\/submit +[\d.]+[mμ]?s +100% {2}█{28}( ◀ BOTTLENECK)?$/m,
      /^ {2}└─ submit_prior_auth +[\d.]+[mμ]?s +[\d.]+% +█+( +◀ BOTTLENECK)?$/m,
      /^ {5}├─ generate_request_id +[\d.]+[mμ]?s +[\d.]+% +[█▏]+( +◀ BOTTLENECK)?$/m,
      /^ {5}├─ validate_npi +[\d.]+[mμ]?s +[\d.]+% +[█▏]+( +◀ BOTTLENECK)?$/m,
      /^ {5}└─ database_insert +[\d.]+[mμ]?s +[\d.]+% +[█▏]+( +◀ BOTTLENECK)?$/m,
      /^WHAT/m,
      /^ +\+1 {2}prior_auth_requests_total\{status="success"\}$/m,
      /^ +\+1 {2}prior_auth_database_operations_total\{operation_type="generate_request_id"\}$/m,
      /^ +\+1 {2}prior_auth_database_operations_total\{operation_type="insert_request"\}$/m,
      /^ +\+3 {2}prior_auth_database_operations_total\{operation_type="insert_audit_event"\}$/m,
      /^ +\+1 {2}prior_auth_npi_check_failures_total$/m,
      /^ +\+1 {2}prior_auth_request_duration_seconds_bucket\{status="success",le="[\d.]+"\} {2}> [\d.]+ s$/m,
      /^WHY/m,
      /^ +\+0ms {2}request_received +by local, this trace, idempotency_key: false$/m,
      /^ +\+\d+ms {2}npi_validated +by local, this trace, check_digit: invalid$/m,
      /^ +\+\d+ms {2}request_submitted +by local, this trace, status: pending$/m,
    ]);
    assert.doesNotMatch(text, /read_request/);
  }

  function assertSlow(text: string): void {
    assertInOrder(text, [
      /POST \/prior-auth\/submit → 201 in [2-9](\.\d+)?s/,
      /^ {5}├─ generate_request_id .*$/m,
      /^ {5}├─ vip_member_slow_query +[2-9](\.\d+)?s +\d+% +█+ +◀ BOTTLENECK$/m,
      /^ {5}│ {4}delay_ms: 2000$/m,
      /^ {5}│ {4}reason: "Simulating database contention"$/m,
      /^ {5}├─ validate_npi .*$/m,
      /^ {5}└─ database_insert .*$/m,
      /^ +\+1 {2}prior_auth_requests_total\{status="success"\}$/m,
      /^ +\+1 {2}prior_auth_request_duration_seconds_bucket\{status="success",le="(2\.5|5\.0|10\.0)"\} {2}> (2|2\.5|5) s$/m,
      /^ +\+[2-9]\d{3}ms {2}npi_validated .*$/m,
    ]);
  }

  function assertMalformed(text: string): void {
    assertInOrder(text, [
      /POST \/prior-auth\/submit → 422 in [\d.]+[mμ]?s/,
      /Unprocessable Content, x-trace-id: [0-9a-f]{32}/,
      /^ {2}└─ submit_prior_auth .*$/m,
      /^ +\+1 {2}prior_auth_requests_total\{status="validation_error"\}$/m,
      /^ +\+1 {2}prior_auth_validation_failures_total\{field="member_id"\}$/m,
      /^ +\+1 {2}prior_auth_validation_failures_total\{field="provider_npi"\}$/m,
      /^ +\+1 {2}prior_auth_validation_failures_total\{field="diagnosis_code"\}$/m,
      /^ +\+1 {2}prior_auth_validation_failures_total\{field="requested_service"\}$/m,
      /^ +\+0 {2}prior_auth_database_operations_total\{operation_type="insert_request"\} {2}nothing was stored$/m,
      /^ {2}member_id +length .*$/m,
      /^ {2}provider_npi +ten_digits .*$/m,
      /^ {2}diagnosis_code +icd_10_cm .*$/m,
      /^ {2}requested_service +required .*$/m,
      /^ {2}log line: INFO, http_status 422, request_id none, database_operations none$/m,
      /^ {4}failed_fields +member_id, provider_npi, diagnosis_code, requested_service$/m,
      /^ {4}failed_rules +length, ten_digits, icd_10_cm, required$/m,
    ]);
    assert.doesNotMatch(text, /generate_request_id|database_insert|insert_audit_event/);
  }

  test('shows nothing of the patient, and fits a screen', () => {
    const { stdout } = first;
    for (const value of [
      'M12345',
      '1234567890',
      'ROUTINE_CHECKUP',
      'M99999',
      '9999999999',
      'I25.10',
      'VIP_',
      'chest',
    ]) {
      assert.ok(!stdout.includes(value), value);
    }
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
    for (const part of stdout.split('━━ ')) assert.ok(part.split('\n').length <= 30, part);
    assert.ok(!stdout.includes('\u001b'), 'colour without a terminal');
  });

  test('is not confused by others who submit at the same time', async () => {
    const demo = startDemo(portsOf(stack));
    const statuses = new Set<number>();
    while ((await Promise.race([demo.run, sleep(50, 'running')])) === 'running') {
      for (const { status } of [await submit(stack), await submit(stack, { provider_npi: 'none' })])
        statuses.add(status);
    }
    const run = await demo.run;
    assert.deepEqual(statuses, new Set([201, 422]));
    assert.deepEqual(faults(run), []);
    assert.equal(run.code, 0);
  });

  test('ends with 1 and one sentence when no API answers', async () => {
    const port = String(await freePort());
    const run = await startDemo({ ...portsOf(stack), API_PORT: port }).run;
    assert.deepEqual(run, {
      code: 1,
      signal: null,
      stdout: '',
      stderr: `Nothing answers at http://localhost:${port}: start npm run local first.\n`,
    });
  });

  test('ends with 1 and names the traces when no trace API answers, and still explains the rest', async () => {
    const port = String(await freePort());
    const run = await startDemo({ ...portsOf(stack), TRACES_PORT: port }).run;
    const missing = `There is no trace to read: nothing answers at http://localhost:${port} (TRACES_PORT).`;
    assert.deepEqual(faults(run), [missing, missing, missing, `Nothing answers at http://localhost:${port}.`]);
    assert.match(run.stdout, /^3 cases, \d\d checks passed, 4 failed$/m);
    assert.match(screen(run, 'a normal request'), /^ +\+\d+ms {2}request_submitted/m);
    assert.equal(run.code, 1);
  });

  test('stops at Ctrl-C without a word', async (t) => {
    // The second request takes its two seconds by way of this process: they cannot pass unseen while it is held up.
    const port = await freePort();
    const proxy = await startHttpProxy(stack.api, port);
    t.onTestFinished(() => {
      proxy.close();
      proxy.closeAllConnections();
    });
    const demo = startDemo({ ...portsOf(stack), API_PORT: String(port) });
    await until(
      () => demo.stdout().includes('request_submitted'),
      60_000,
      () => 'the first request was not explained',
    );
    demo.interrupt();
    const run = await demo.run;
    assert.equal(run.signal, 'SIGINT');
    assert.equal(run.stderr, '');
    assert.doesNotMatch(run.stdout, /a malformed request/);
  });

  test('explains itself with --help, and refuses what it does not know', async () => {
    const [help, unknown] = await Promise.all([startDemo({}, ['--help']).run, startDemo({}, ['--fast']).run]);
    assert.match(help.stdout, /^Usage: npm run demo\n/);
    assert.equal(help.code, 0);
    assert.match(unknown.stderr, /^Unknown option '--fast'/);
    assert.equal(unknown.code, 2);
  });

  test('ends with 1 when the slow case is not slow', async () => {
    await stack.stop();
    const quick = await startStack({ environment: { SIMULATE_SLOW_MEMBER: 'false' } });
    const run = await startDemo(portsOf(quick)).run;
    const step = 'POST /prior-auth/submit(submit_prior_auth(generate_request_id, ';
    assert.match(faults(run)[0]!, /^The slow case took [\d.]+m?s, not two seconds: SIMULATE_SLOW_MEMBER is not true/);
    // Anything may be one on a busy machine, but not what is not there.
    const faultsHere = faults(run).map((fault) =>
      fault.replace(/^The bottleneck is [^,]+,/, 'The bottleneck is nowhere,'),
    );
    assert.deepEqual(faultsHere.slice(1), [
      `The spans are ${step}validate_npi, database_insert)), not ${step}vip_member_slow_query, validate_npi, database_insert)).`,
      'The bottleneck is nowhere, not vip_member_slow_query.',
      'The bottleneck does not say its delay_ms and reason.',
      'No bucket of the duration histogram above 2 s took the request.',
    ]);
    assert.equal(run.code, 1);
  });
});

function assertInOrder(text: string, patterns: readonly RegExp[]): void {
  let rest = text;
  for (const pattern of patterns) {
    const match = pattern.exec(rest);
    assert.ok(match, `${pattern} is not where it belongs in:\n${text}`);
    rest = rest.slice(match.index + match[0].length);
  }
}
