import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { startTime } from '../../local/machine/processes.ts';
import {
  choosePorts,
  partOf,
  request,
  series,
  stackFolder,
  startStack,
  submit,
  until,
  WAIT_MS,
  type Answer,
  type Stack,
} from './stack.ts';
import { findTraces, readTrace, spanNamed, tagsOf, treeOf } from './trace.ts';

const SLOW = {
  member_id: 'M99999',
  provider_npi: '9999999999',
  diagnosis_code: 'I25.10',
  requested_service: 'VIP_CARDIAC_SURGERY',
};

const folder = stackFolder();
const ports = await choosePorts();
let stack: Stack;
let first: Answer;

before(async () => {
  stack = await startStack({ folder, ports });
  first = await submit(stack);
});

const traceIdOf = (answer: Answer) => answer.headers.get('x-trace-id') ?? '';

describe('npm run local', () => {
  test('answers the positive example of the demonstration with its body', () => {
    assert.equal(first.status, 201);
    const { created_at, ...body } = first.json;
    assert.deepEqual(body, {
      id: 1,
      request_id: 'PA-00001',
      member_id: 'M12345',
      provider_npi: '1234567890',
      diagnosis_code: 'Z00.00',
      requested_service: 'ROUTINE_CHECKUP',
      status: 'pending',
    });
    assert.match(String(created_at), /^\d{4}-\d\d-\d\dT/);
    assert.equal(first.headers.get('location'), '/prior-auth/PA-00001');
    assert.match(first.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  });

  test('shows the trace of a submit as the tree of the design, by id and by service', async () => {
    const trace = await readTrace(stack, traceIdOf(first), 5);
    assert.deepEqual(treeOf(trace), [
      'POST /prior-auth/submit',
      '  submit_prior_auth',
      '    generate_request_id',
      '    validate_npi',
      '    database_insert',
    ]);
    const kinds = Object.fromEntries(trace.spans.map((span) => [span.operationName, tagsOf(span)['span.kind']]));
    assert.deepEqual(kinds, {
      'POST /prior-auth/submit': 'server',
      submit_prior_auth: 'internal',
      generate_request_id: 'client',
      validate_npi: 'internal',
      database_insert: 'client',
    });
    const root = tagsOf(spanNamed(trace, 'POST /prior-auth/submit'));
    assert.equal(root['http.route'], '/prior-auth/submit');
    assert.equal(root['http.request.method'], 'POST');
    assert.equal(root['http.response.status_code'], 201);
    assert.equal(root['faas.coldstart'], true);
    assert.ok(Object.values(trace.processes).every(({ serviceName }) => serviceName === 'prior-auth-api'));
    const found = await findTraces(stack, 'service=prior-auth-api&operation=submit_prior_auth');
    assert.ok(found.some(({ traceID }) => traceID === trace.traceID));
  });

  test('makes the slow example two seconds slower and shows where they went', async () => {
    const started = performance.now();
    const answer = await submit(stack, SLOW);
    const elapsed = performance.now() - started;
    assert.equal(answer.status, 201);
    assert.ok(elapsed >= 2000, `${elapsed} ms`);
    const trace = await readTrace(stack, traceIdOf(answer), 6);
    assert.deepEqual(
      treeOf(trace).map((line) => line.trim()),
      [
        'POST /prior-auth/submit',
        'submit_prior_auth',
        'generate_request_id',
        'vip_member_slow_query',
        'validate_npi',
        'database_insert',
      ],
    );
    const slow = spanNamed(trace, 'vip_member_slow_query');
    const whole = spanNamed(trace, 'POST /prior-auth/submit').duration;
    // On a busy machine the rest takes its time, too.
    assert.ok(slow.duration >= 1_995_000 && slow.duration / whole > 0.5, `${slow.duration} of ${whole} μs`);
    assert.equal(tagsOf(slow)['delay_ms'], 2000);
    assert.equal(tagsOf(slow)['reason'], 'Simulating database contention');
    const longest = Math.max(...trace.spans.map(({ duration }) => duration));
    const isFoundFrom = async (least: number) =>
      (await findTraces(stack, `service=prior-auth-api&minDuration=${least}us`)).some(
        ({ traceID }) => traceID === trace.traceID,
      );
    assert.deepEqual([await isFoundFrom(longest), await isFoundFrom(longest + 1)], [true, false]);
  });

  test('shows a submit in /metrics within a second of its answer', async () => {
    const name = 'prior_auth_requests_total{status="success"}';
    // On a busy machine one try may lose its second to something else: three tell the system from the machine.
    let fastest = Infinity;
    for (let n = 0; n < 3 && fastest >= 1000; n++) {
      // Every submit so far has succeeded, so its id is also their number, those included that are not yet counted.
      const { id } = (await submit(stack)).json;
      const answered = performance.now();
      await until(
        async () => (await series(stack, name)) === id,
        WAIT_MS,
        () => `${name} has not moved`,
      );
      fastest = Math.min(fastest, performance.now() - answered);
    }
    assert.ok(fastest < 1000, `${fastest} ms`);
  });

  test('has a series for every example query of the demonstration once its event has happened', async () => {
    await submit(stack, { provider_npi: '12' });
    await until(
      async () => (await series(stack, 'prior_auth_validation_failures_total{field="provider_npi"}')) === 1,
      WAIT_MS,
      () => 'no failure counted',
    );
    assert.equal(await series(stack, 'prior_auth_requests_total{status="validation_error"}'), 1);
    const successes = await series(stack, 'prior_auth_requests_total{status="success"}');
    assert.equal(
      await series(stack, 'prior_auth_database_operations_total{operation_type="insert_request"}'),
      successes,
    );
    assert.equal(
      await series(stack, 'prior_auth_database_operations_total{operation_type="insert_audit_event"}'),
      3 * successes,
    );
    assert.equal(await series(stack, 'prior_auth_request_duration_seconds_count{status="success"}'), successes);
    const upTo = (le: string) =>
      series(stack, `prior_auth_request_duration_seconds_bucket{status="success",le="${le}"}`);
    // The slow one is above two seconds, on a busy machine perhaps not alone.
    const [quick, all] = [await upTo('2.0'), await upTo('10.0')];
    assert.ok(quick > 0 && quick < successes, `${quick} of ${successes} within two seconds`);
    assert.equal(all, successes);
    assert.equal(await series(stack, 'prior_auth_uncounted_requests'), 0);
  });

  test('returns a request with its audit trail, each event with the trace id of its submit', async () => {
    const { status, json } = await request(`${stack.api}/prior-auth/PA-00001`);
    assert.equal(status, 200);
    const { audit, ...body } = json;
    assert.deepEqual(body, first.json);
    const events = audit as { event: string; actor: string; trace_id: string }[];
    assert.deepEqual(
      events.map(({ event }) => event),
      ['request_received', 'npi_validated', 'request_submitted'],
    );
    assert.ok(events.every(({ trace_id, actor }) => trace_id === traceIdOf(first) && actor === 'local'));
    const trace = await readTrace(stack, traceIdOf(first), 5);
    const spanIds = (audit as { span_id: string }[]).map(
      ({ span_id }) => trace.spans.find(({ spanID }) => spanID === span_id)?.operationName,
    );
    assert.deepEqual(spanIds, ['submit_prior_auth', 'validate_npi', 'database_insert']);
  });

  test('is healthy, says its version, and traces no probe', async () => {
    const { status, json } = await request(`${stack.api}/health`);
    assert.equal(status, 200);
    assert.equal(json['status'], 'healthy');
    assert.equal((json['checks'] as { database: { status: string } }).database.status, 'up');
    assert.match(String(json['version']), /^\d+\.\d+\.\d+$/);
    const operations = await request(`${stack.traces}/api/services/prior-auth-api/operations`);
    assert.deepEqual(
      (operations.json['data'] as string[]).filter((name) => /health|metrics/.test(name)),
      [],
    );
  });

  test('continues the trace of a caller who sends a traceparent, sampled or not', async () => {
    for (const flags of ['00', '01']) {
      const traceId = `${flags}${'ab'.repeat(15)}`;
      const answer = await submit(stack, {}, { traceparent: `00-${traceId}-00000000000000a1-${flags}` });
      assert.equal(traceIdOf(answer), traceId);
      const trace = await readTrace(stack, traceId, 5);
      assert.equal(spanNamed(trace, 'POST /prior-auth/submit').references[0]?.spanID, '00000000000000a1');
    }
  });

  test('prints where its console is', () => {
    assert.match(stack.output(), new RegExp(`^ {2}Console {5}http://localhost:${ports.TRACES_PORT}$`, 'm'));
  });

  test('prints one readable line per request, with a link to its trace', () => {
    const line = stack
      .output()
      .split('\n')
      .find((one) => one.includes(traceIdOf(first)));
    const link = `http://localhost:${ports.TRACES_PORT}/trace/${traceIdOf(first)}`;
    assert.match(line ?? '', new RegExp(`POST /prior-auth/submit\\s+201\\s+success\\s+[\\d.]+ ms  ${link}`));
  });

  test('refuses to start a second time over the same data', async () => {
    await assert.rejects(startStack({ folder }), /is running already/);
  });

  test('passes the verification of its audit trail', () => {
    const printed = execFileSync(process.execPath, ['functions/verify/cli.ts'], {
      env: { ...process.env, LOCAL_DIR: folder },
      encoding: 'utf8',
    });
    assert.match(printed, /\d+ requests, \d+ audit events, 0 findings\.\n/);
  });

  test('stops at Ctrl-C with nothing left behind, and goes on with the same data and counters', async () => {
    const name = 'prior_auth_requests_total{status="success"}';
    await Promise.all(Array.from({ length: 10 }, () => submit(stack)));
    const requests = Number((await submit(stack)).json['id']);
    const pids = ['launcher', 'PostgreSQL', 'The API'].map((part) => partOf(stack, part).pid);
    assert.equal(await stack.stop(), 0);
    assert.deepEqual(
      pids.filter((pid) => startTime(pid) !== undefined),
      [],
    );
    stack = await startStack({ folder, ports, args: ['--json'] });
    await until(
      async () => (await series(stack, name)) === requests,
      WAIT_MS,
      () => 'the counters are not those of before',
    );
    const next = await submit(stack);
    assert.equal(next.json['id'], requests + 1);
    await until(
      () => stack.output().includes(traceIdOf(next)),
      WAIT_MS,
      () => 'the line is not printed',
    );
    const line = stack
      .output()
      .split('\n')
      .find((one) => one.includes(traceIdOf(next)));
    assert.equal((JSON.parse(line ?? '') as { request_id: string }).request_id, next.json['request_id']);
  });

  test('starts afresh with --reset, which it refuses when DATABASE_URL is set', async () => {
    await stack.stop();
    await assert.rejects(
      startStack({ folder, ports, args: ['--reset'], environment: { DATABASE_URL: 'postgresql://localhost/mine' } }),
      /--reset is refused/,
    );
    stack = await startStack({ folder, ports, args: ['--reset'] });
    assert.equal((await submit(stack)).json['request_id'], 'PA-00001');
  });
});
