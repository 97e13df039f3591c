import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { findInstallation } from '../../local/embedded/postgres/binaries.ts';
import { startCollector, type Collector } from '../fixtures/collector.ts';
import { request, startStack, submit, until, WAIT_MS, type Answer, type Stack } from './stack.ts';

/** Values that pass validation and are found nowhere by chance. */
const CANARIES = {
  member_id: 'CANARY-member',
  provider_npi: '1098765432',
  diagnosis_code: 'Q8A.CNRY',
  requested_service: 'CANARY-service',
};
const POISON = 'CANARY-poison';
const NEEDLES = /CANARY|CNRY|1098765432/i;

let collector: Collector;
let stack: Stack;
const answers: Answer[] = [];

beforeAll(async () => {
  collector = await startCollector();
  stack = await startStack({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint } });
  const sql = postgres(await stack.databaseUrl(), { max: 1 });
  // PostgreSQL says "Failing row contains (…)" of a row that breaks a constraint.
  await sql`alter table prior_auth_requests add constraint poison check (requested_service <> ${sql.unsafe(`'${POISON}'`)})`;
  await sql.end();
});
afterAll(async () => {
  await stack.stop();
  await collector.close();
});

/** Sends what must be answered with a status, and keeps the answer for the search. */
async function expect(status: number, answer: Promise<Answer>): Promise<void> {
  const received = await answer;
  assert.equal(received.status, status, received.text);
  answers.push(received);
}

const headers = {
  'idempotency-key': 'CANARY-key',
  traceparent: '00-CANARY-CANARY-01',
  tracestate: 'vendor=CANARY',
  baggage: 'member=CANARY-baggage',
  'x-request-id': 'CANARY-request-id',
  'x-amzn-trace-id': 'Root=CANARY;Parent=CANARY;Sampled=1',
  'user-agent': 'CANARY-agent',
  'x-forwarded-for': 'CANARY-address',
  'x-forwarded-proto': 'CANARY-protocol',
  cookie: 'session=CANARY',
  authorization: 'Bearer CANARY',
};

describe('protected health information', () => {
  beforeAll(async () => {
    await expect(201, submit(stack, CANARIES, headers));
    await expect(201, submit(stack, CANARIES, headers));
    await expect(422, submit(stack, { ...CANARIES, member_id: 'CANARY-other' }, headers));
    await expect(
      422,
      submit(stack, { ...CANARIES, 'CANARY-member-name': 1, diagnosis_code: 'CANARY', provider_npi: 'CANARY' }),
    );
    await expect(422, submit(stack, { ...CANARIES, requested_service: 'CANARY\u0000' }));
    await expect(400, submit(stack, '{"member_id": "CANARY-malformed'));
    await expect(413, submit(stack, { ...CANARIES, requested_service: 'CANARY'.repeat(20_000) }));
    await expect(415, submit(stack, CANARIES, { 'content-type': 'text/CANARY' }));
    await expect(
      500,
      submit(stack, { ...CANARIES, requested_service: POISON }, { ...headers, 'idempotency-key': 'CANARY-fails' }),
    );
    await expect(500, submit(stack, { ...CANARIES, requested_service: POISON }));
    await expect(201, request(`${stack.api}/prior-auth/submit?member=CANARY-query`, submitInit()));
    await expect(404, request(`${stack.api}/prior-auth/CANARY-path?member=CANARY-query`, { headers }));
    await expect(200, request(`${stack.api}/prior-auth/PA-00001?member=CANARY-query`, { headers }));
    await expect(200, request(`${stack.api}/health?CANARY=1`, { headers }));
    await until(
      () => collector.spansOf(answers.at(-2)?.headers.get('x-trace-id') ?? '').length >= 2,
      WAIT_MS,
      () => 'no spans',
    );
    await until(
      async () => (await metrics('*/*')).includes('status="error"} 2'),
      WAIT_MS,
      () => 'not counted',
    );
  });

  test('is in the answer to its owner, so that the search below can find something', () => {
    assert.match(answers[0]?.text ?? '', NEEDLES);
  });

  test('is in no problem document, and in no header of an answer', () => {
    for (const answer of answers) {
      assert.doesNotMatch(JSON.stringify([...answer.headers]), NEEDLES);
      if (answer.status >= 400) assert.doesNotMatch(answer.text, NEEDLES);
    }
  });

  test('is in no span', () => {
    assert.ok(collector.bodies.length >= 10);
    for (const body of collector.bodies) assert.doesNotMatch(body, NEEDLES);
  });

  test('is in no log line, no error output and nothing that the launcher prints', () => {
    const log = readFileSync(join(stack.folder, 'spool', 'functions.ndjson'), 'utf8');
    assert.ok(log.split('\n').length >= 10);
    assert.doesNotMatch(log, NEEDLES);
    assert.doesNotMatch(readFileSync(join(stack.folder, 'api-errors.log'), 'utf8'), NEEDLES);
    assert.doesNotMatch(stack.output(), NEEDLES);
  });

  test('is in no metric, label or exemplar', async () => {
    for (const accept of ['text/plain', 'application/openmetrics-text;version=1.0.0']) {
      const text = await metrics(accept);
      assert.match(text, /prior_auth_requests/);
      assert.doesNotMatch(text, NEEDLES);
    }
  });

  test('is not in PostgreSQL’s own log, not even where a row was refused', async () => {
    const { home } = await findInstallation(join(stack.folder, 'postgres'));
    const log = readFileSync(join(home, 'postgres.log'), 'utf8');
    assert.match(log, /violates check constraint "poison"/);
    assert.doesNotMatch(log, NEEDLES);
    assert.doesNotMatch(log, /Failing row|DETAIL|STATEMENT|parameters:/);
  });
});

function submitInit(): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers, 'idempotency-key': 'CANARY-2' },
    body: JSON.stringify(CANARIES),
  };
}

async function metrics(accept: string): Promise<string> {
  return (await request(`${stack.api}/metrics`, { headers: { accept } })).text;
}
