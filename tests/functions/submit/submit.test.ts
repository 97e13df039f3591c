import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { refused } from '../../../functions/prior-auth/events.ts';
import { createPriorAuthStore, type PriorAuthStore } from '../../../functions/prior-auth/store.ts';
import type { HttpHandler } from '../../../functions/runtime/http.ts';
import { connect, type Database } from '../../../functions/runtime/postgres.ts';
import { serve } from '../../../functions/runtime/serve.ts';
import { databaseSettings, readSettings } from '../../../functions/runtime/settings.ts';
import type { Outcome, RequestEvent } from '../../../functions/runtime/wide-event.ts';
import { createStatus } from '../../../functions/status/status.ts';
import { createSubmit } from '../../../functions/submit/submit.ts';
import { freshDatabase, type TestDatabase } from '../../database.ts';
import { PATIENCE } from '../../fixtures/patience.ts';
import { startTcpProxy, type TcpProxy } from '../../fixtures/tcp-proxy.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpEvent, lambdaContext, SUBMISSION, submitEvent } from '../../fixtures/http.ts';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/**
 * What a silent connection may take, where a test waits for it: of other work on the machine a statement is never so
 * slow.
 */
const STATEMENT_TIMEOUT_MS = 3000;
/** What nothing reaches. */
const PATIENT_MS = 60_000;

const connections: Database[] = [];
let database: TestDatabase;
let store: PriorAuthStore;
let written: (RequestEvent & Outcome)[];
let submit: HttpHandler;
let status: HttpHandler;

const parts = {
  log: { warn: () => undefined, error: () => undefined },
  write: (event: RequestEvent, outcome: Outcome) => void written.push({ ...event, ...outcome }),
};

after(() => Promise.all(connections.map(({ sql }) => sql.end())));

before(async () => {
  database = await freshDatabase();
  store = newStore();
  written = [];
  submit = createHandler(store);
  const statusWork = createStatus({ store, anonymousCaller: 'local' });
  status = serve(
    { route: 'GET /prior-auth/{request_id}', functionName: 'status' },
    () => ({ work: statusWork }),
    parts,
  );
});

/** A store with a connection of its own, as every execution environment has. */
function newStore(): PriorAuthStore {
  const connection = connect(readSettings(databaseSettings, { DATABASE_URL: database.url, ...PATIENCE }));
  connections.push(connection);
  return createPriorAuthStore(connection);
}

function createHandler(
  forStore: PriorAuthStore,
  options: { npiCheckDigit?: 'warn' | 'enforce'; deadlineMs?: number } = {},
): HttpHandler {
  const work = createSubmit({
    store: forStore,
    npiCheckDigit: options.npiCheckDigit ?? 'warn',
    anonymousCaller: 'local',
    simulateSlowMember: false,
  });
  return serve(
    { route: 'POST /prior-auth/submit', functionName: 'submit', failed: refused },
    () => ({ work, deadlineMs: options.deadlineMs ?? PATIENT_MS }),
    parts,
  );
}

async function call(handler: HttpHandler, event: Parameters<HttpHandler>[0]): Promise<Answer> {
  const result = await handler(event, lambdaContext(2 * PATIENT_MS));
  return {
    status: result.statusCode ?? 0,
    headers: result.headers as Record<string, string>,
    body: JSON.parse(result.body ?? '') as Answer['body'],
  };
}

function read(requestId: string, claims?: Record<string, unknown>): Promise<Answer> {
  return call(
    status,
    httpEvent({ pathParameters: { request_id: requestId }, ...(claims === undefined ? {} : { claims }) }),
  );
}

async function counts(): Promise<Record<string, number>> {
  const [row] = await database.sql`
    select (select count(*) from prior_auth_requests)::int as requests,
      (select count(*) from prior_auth_audit_events)::int as audit,
      (select count(*) from prior_auth_idempotency_keys)::int as keys`;
  return { ...row };
}

describe('a submit', () => {
  test('answers 201 with the body of the demonstration, its place and both ids, and is found with its audit trail', async () => {
    const answer = await call(submit, submitEvent(SUBMISSION));
    assert.equal(answer.status, 201);
    const { id, request_id, created_at, ...rest } = answer.body;
    assert.deepEqual(rest, { ...SUBMISSION, status: 'pending' });
    assert.equal(typeof id, 'number');
    assert.equal(request_id, `PA-${String(id).padStart(5, '0')}`);
    assert.ok(Math.abs(Date.parse(created_at as string) - Date.now()) < 60_000);
    assert.equal(answer.headers['location'], `/prior-auth/${request_id}`);
    assert.match(answer.headers['x-trace-id'] ?? '', /^[0-9a-f]{32}$/);
    assert.match(answer.headers['x-request-id'] ?? '', /^[0-9a-f-]{36}$/);

    const found = await read(request_id);
    assert.equal(found.status, 200);
    const { audit, ...request } = found.body;
    assert.deepEqual(request, answer.body);
    const events = audit as { event: string; trace_id: string; hash: string }[];
    assert.deepEqual(
      events.map(({ event }) => event),
      ['request_received', 'npi_validated', 'request_submitted'],
    );
    assert.ok(events.every(({ trace_id }) => trace_id === answer.headers['x-trace-id']));
    const event = written.find((one) => one.requestId === request_id && one.status === 'success');
    assert.equal(event?.auditHead, events.at(-1)?.hash);
    assert.deepEqual(event?.operations, { generate_request_id: 1, insert_request: 1, insert_audit_event: 3 });
    assert.equal(event.npiCheckFailed, true);
  });

  test('that is refused names fields and rules, and writes nothing', async () => {
    const before = await counts();
    const answer = await call(
      submit,
      submitEvent({ ...SUBMISSION, member_id: 'SECRET'.repeat(20), provider_npi: 'SECRET' }),
    );
    assert.equal(answer.status, 422);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.equal(answer.body['trace_id'], answer.headers['x-trace-id']);
    assert.deepEqual(
      (answer.body['errors'] as { field: string; rule: string }[]).map(({ field, rule }) => `${field}:${rule}`),
      ['member_id:length', 'provider_npi:ten_digits'],
    );
    assert.ok(!JSON.stringify(answer).includes('SECRET'));
    assert.deepEqual(await counts(), before);
    assert.deepEqual(written.at(-1)?.failedFields, ['member_id', 'provider_npi']);
    assert.equal(written.at(-1)?.status, 'validation_error');
  });

  const REFUSALS: [string, Parameters<typeof submitEvent>, number][] = [
    ['malformed JSON', ['{"member_id":'], 400],
    ['an empty body', [''], 400],
    ['a body that is not UTF-8', [Buffer.from([0x22, 0xff, 0x22]).toString('base64'), { isBase64Encoded: true }], 400],
    ['a body over 64 KB', [{ ...SUBMISSION, requested_service: 's'.repeat(65 * 1024) }], 413],
    ['a form', ['member_id=1', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }], 415],
    ['no media type', [SUBMISSION, { headers: { 'content-type': '' } }], 415],
    ['an idempotency key with a space', [SUBMISSION, { headers: { 'idempotency-key': 'a b' } }], 422],
  ];
  for (const [what, [body, options], expected] of REFUSALS) {
    test(`with ${what} is answered ${expected} and counted as a validation error`, async () => {
      const answer = await call(submit, submitEvent(body, options));
      assert.equal(answer.status, expected);
      assert.equal(answer.body['status'], expected);
      assert.equal(written.at(-1)?.status, 'validation_error');
      assert.ok(written.at(-1)?.failedFields?.length);
    });
  }

  test('in base64 and with a charset is understood', async () => {
    const body = Buffer.from(JSON.stringify(SUBMISSION)).toString('base64');
    const event = submitEvent(body, {
      isBase64Encoded: true,
      headers: { 'content-type': 'Application/JSON; charset=utf-8' },
    });
    assert.equal((await call(submit, event)).status, 201);
  });

  test('with a wrong check digit is refused where that is enforced', async () => {
    const enforcing = createHandler(store, { npiCheckDigit: 'enforce' });
    assert.equal((await call(enforcing, submitEvent(SUBMISSION))).status, 422);
    assert.equal((await call(enforcing, submitEvent({ ...SUBMISSION, provider_npi: '1234567893' }))).status, 201);
  });

  test('of the same body in any order of members and any bytes stays data: SQL in it is stored as text', async () => {
    const requested_service = `'); drop table prior_auth_requests; --`;
    const answer = await call(submit, submitEvent({ ...SUBMISSION, requested_service }));
    assert.equal(answer.body['requested_service'], requested_service);
  });
});

describe('an idempotency key', () => {
  test('with the same body replays the first answer and writes nothing more', async () => {
    const event = submitEvent(SUBMISSION, { headers: { 'idempotency-key': randomUUID() } });
    const first = await call(submit, event);
    const after = await counts();
    const second = await call(submit, event);
    assert.equal(second.status, 201);
    assert.deepEqual(second.body, first.body);
    assert.equal(second.headers['location'], first.headers['location']);
    assert.equal(first.headers['idempotent-replayed'], undefined);
    assert.equal(second.headers['idempotent-replayed'], 'true');
    assert.deepEqual(await counts(), after);
    assert.deepEqual(
      written.slice(-2).map((event) => event.status),
      ['success', 'replayed'],
    );
    assert.deepEqual(written.at(-2)?.operations, {
      read_idempotency_key: 1,
      generate_request_id: 1,
      insert_request: 1,
      insert_audit_event: 3,
      insert_idempotency_key: 1,
    });
    assert.deepEqual(written.at(-1)?.operations, { read_idempotency_key: 1 });
  });

  test('is the same in quotes, as the draft has it, and without', async () => {
    const key = randomUUID();
    const first = await call(submit, submitEvent(SUBMISSION, { headers: { 'idempotency-key': key } }));
    const second = await call(submit, submitEvent(SUBMISSION, { headers: { 'idempotency-key': `"${key}"` } }));
    assert.equal(second.headers['idempotent-replayed'], 'true');
    assert.deepEqual(second.body, first.body);
  });

  test('at fault is told with the faults of the fields, and counted with them', async () => {
    const headers = { 'idempotency-key': 'SECRET SECRET' };
    const answer = await call(submit, submitEvent({ ...SUBMISSION, member_id: ' ' }, { headers }));
    assert.equal(answer.status, 422);
    const faults = (answer.body['errors'] as { field: string; rule: string }[]).map(({ field, rule }) => [field, rule]);
    assert.deepEqual(faults, [
      ['member_id', 'seen_edges'],
      ['idempotency_key', 'key'],
    ]);
    assert.deepEqual(written.at(-1)?.failedFields, ['member_id', 'idempotency_key']);
    assert.ok(!JSON.stringify(answer).includes('SECRET'));
  });

  test('with another body is refused with 422', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    await call(submit, submitEvent(SUBMISSION, { headers }));
    const answer = await call(submit, submitEvent({ ...SUBMISSION, member_id: 'M2' }, { headers }));
    assert.equal(answer.status, 422);
    assert.equal(written.at(-1)?.status, 'validation_error');
  });

  test('belongs to its caller: another caller with the same key gets a request of its own', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const answers = [
      await call(submit, submitEvent(SUBMISSION, { headers, claims: { client_id: 'one' } })),
      await call(submit, submitEvent(SUBMISSION, { headers, claims: { client_id: 'other' } })),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201],
    );
    assert.notEqual(answers[0]?.body['id'], answers[1]?.body['id']);
  });

  test('raced through eight connections makes one request; the others replay it or are told of the conflict', async () => {
    const environments = Array.from({ length: 8 }, () => createHandler(newStore()));
    for (let round = 0; round < 20; round++) {
      const event = submitEvent(SUBMISSION, { headers: { 'idempotency-key': randomUUID() } });
      const before = await counts();
      const answers = await Promise.all(environments.map((environment) => call(environment, event)));
      const after = await counts();
      const created = answers.filter(({ status }) => status === 201);
      assert.ok(
        answers.every(({ status }) => status === 201 || status === 409),
        JSON.stringify(answers.map(({ status }) => status)),
      );
      assert.equal(created.filter(({ headers }) => headers['idempotent-replayed'] === undefined).length, 1);
      assert.equal(new Set(created.map(({ body }) => body['request_id'] as string)).size, 1);
      assert.equal(after['requests'], before['requests']! + 1);
      assert.equal(after['keys'], before['keys']! + 1);
    }
  });

  test('is free again after a submit that failed', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const failing: PriorAuthStore = {
      ...store,
      reserve: async (key) => {
        const reservation = await store.reserve(key);
        return reservation.kind === 'reserved'
          ? { ...reservation, commit: () => Promise.reject(new Error('broken')) }
          : reservation;
      },
    };
    assert.equal((await call(createHandler(failing), submitEvent(SUBMISSION, { headers }))).status, 500);
    assert.equal(written.at(-1)?.status, 'error');
    assert.equal((await call(submit, submitEvent(SUBMISSION, { headers }))).status, 201);
  });
});

describe('a request', () => {
  test('is shown to its submitter and to a caller who may read all, and does not exist for anybody else', async () => {
    const { body } = await call(
      submit,
      submitEvent(SUBMISSION, { claims: { client_id: 'clinic', scope: 'prior-auth/submit' } }),
    );
    const id = body['request_id'] as string;
    assert.equal((await read(id, { client_id: 'clinic' })).status, 200);
    assert.equal((await read(id, { client_id: 'auditor', scope: 'openid prior-auth/read-all' })).status, 200);
    const stranger = await read(id, { client_id: 'stranger', scope: 'prior-auth/read not-read-all' });
    const missing = await read('PA-99998', { client_id: 'stranger' });
    assert.equal(stranger.status, 404);
    assert.deepEqual({ ...stranger.body, trace_id: '' }, { ...missing.body, trace_id: '' });
  });

  test('without verified claims is refused where no anonymous caller is set', async () => {
    const work = createStatus({ store, anonymousCaller: undefined });
    const cloud = serve({ route: 'GET /prior-auth/{request_id}', functionName: 'status' }, () => ({ work }), parts);
    assert.equal((await call(cloud, httpEvent({ pathParameters: { request_id: 'PA-00001' } }))).status, 401);
  });

  test('under a number that is no PA number is not found', async () => {
    assert.equal((await read("PA-1' or 1=1")).status, 404);
  });
});

describe('a connection', () => {
  test('takes two round trips for a submit, without a key and with one', async () => {
    await throughProxy(
      async (proxy, handler) => {
        const headers = () => [{}, { 'idempotency-key': randomUUID() }];
        // The first of each kind prepares its statements.
        for (const some of headers()) await call(handler, submitEvent(SUBMISSION, { headers: some }));
        for (const some of headers()) {
          const before = proxy.roundTrips();
          assert.equal((await call(handler, submitEvent(SUBMISSION, { headers: some }))).status, 201);
          assert.equal(proxy.roundTrips() - before, 2, JSON.stringify(some));
        }
      },
      { replyDelayMs: 200 },
    );
  });

  test('that was closed while idle is replaced, without a key and with one, and no submit fails', async () => {
    await throughProxy(async (proxy, handler) => {
      for (let round = 0; round < 20; round++) {
        const headers = round % 2 === 0 ? {} : { 'idempotency-key': randomUUID() };
        assert.equal((await call(handler, submitEvent(SUBMISSION, { headers }))).status, 201);
        proxy.closeConnections();
        // Sometimes the driver has learnt of it before the next request, sometimes not.
        if (round % 3 === 0) await sleep(5);
      }
    });
  });

  test('that cannot be had is 503 with Retry-After, and the next submit after its return is answered', async () => {
    await throughProxy(async (proxy, handler) => {
      for (const headers of [{}, { 'idempotency-key': randomUUID() }]) {
        await proxy.close();
        const answer = await call(handler, submitEvent(SUBMISSION, { headers }));
        assert.equal(answer.status, 503);
        assert.equal(answer.headers['retry-after'], '1');
        assert.equal(written.at(-1)?.status, 'error');
        await proxy.reopen();
        assert.equal((await call(handler, submitEvent(SUBMISSION, { headers }))).status, 201);
      }
    });
  });
});

describe('a connection that went silent', () => {
  test('is answered with 504, and nothing is stored behind that answer or taken from the next one', async () => {
    await throughProxy(async (proxy, handler, { hurried }) => {
      for (const headers of [{}, { 'idempotency-key': randomUUID() }]) {
        assert.equal((await call(handler, submitEvent(SUBMISSION))).status, 201);
        const before = await counts();
        proxy.silenceConnections();
        assert.equal((await call(hurried, submitEvent(SUBMISSION, { headers }))).status, 504);
        const next = await call(handler, submitEvent(SUBMISSION));
        assert.equal(next.status, 201);
        await sleep(300);
        assert.equal((await counts())['requests'], before['requests']! + 1);
        assert.equal((await read(String(next.body['request_id']))).status, 200);
      }
    });
  });

  test('does not hold its idempotency key for longer than a statement may take', async () => {
    const key = { submitter: 'local', keyHash: Buffer.from(randomUUID()), bodyHash: Buffer.from('body') };
    const other = newStore();
    await other.read(1);
    await throughProxy(
      async (proxy, _, { vanishing }) => {
        assert.equal((await vanishing.reserve(key)).kind, 'reserved');
        const reservedAt = performance.now();
        proxy.silenceConnections();
        assert.equal((await other.reserve(key)).kind, 'in_flight');
        while ((await other.reserve(key)).kind === 'in_flight') await sleep(50);
        const held = performance.now() - reservedAt;
        assert.ok(held > STATEMENT_TIMEOUT_MS * 0.9 && held < PATIENT_MS, `${held} ms`);
      },
      { environment: { DATABASE_STATEMENT_TIMEOUT_MS: String(STATEMENT_TIMEOUT_MS) } },
    );
  });
});

interface Proxied {
  /** The same submit with a deadline that passes soon. */
  readonly hurried: HttpHandler;
  /** Its store. */
  readonly vanishing: PriorAuthStore;
}

/** Runs with a submit handler whose connection goes through a proxy. */
async function throughProxy(
  work: (proxy: TcpProxy, handler: HttpHandler, more: Proxied) => Promise<void>,
  { replyDelayMs, environment = {} }: { replyDelayMs?: number; environment?: Record<string, string> } = {},
): Promise<void> {
  const url = new URL(database.url);
  const target = { host: url.hostname, port: Number(url.port) };
  const proxy = await startTcpProxy(replyDelayMs === undefined ? target : { ...target, replyDelayMs });
  url.port = String(proxy.port);
  const connection = connect(readSettings(databaseSettings, { DATABASE_URL: url.href, ...PATIENCE, ...environment }));
  const proxied = createPriorAuthStore(connection);
  const route = { route: 'POST /prior-auth/submit', functionName: 'submit', failed: refused } as const;
  const submitWork = createSubmit({
    store: proxied,
    npiCheckDigit: 'warn',
    anonymousCaller: 'local',
    simulateSlowMember: false,
  });
  const handler = (deadlineMs: number) =>
    serve(route, () => ({ work: submitWork, deadlineMs, abandon: () => connection.abandon() }), parts);
  try {
    await work(proxy, handler(PATIENT_MS), { hurried: handler(1000), vanishing: proxied });
  } finally {
    await connection.sql.end({ timeout: 1 });
    await proxy.close();
  }
}

describe('a deadline', () => {
  test('is answered with 504 and the line of the request', async () => {
    const stuck: PriorAuthStore = { ...store, reserve: () => new Promise(() => undefined) };
    const answer = await call(createHandler(stuck, { deadlineMs: 50 }), submitEvent(SUBMISSION));
    assert.equal(answer.status, 504);
    assert.equal(written.at(-1)?.httpStatus, 504);
    assert.equal(written.at(-1)?.status, 'error');
  });
});
