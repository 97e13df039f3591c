/** Whatever a function is invoked with: an answer, a line, a count. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { refused } from '../../../functions/prior-auth/events.ts';
import type { Work } from '../../../functions/runtime/http.ts';
import { serve, type Route, type Wired } from '../../../functions/runtime/serve.ts';
import type { Outcome, RequestEvent, WriteEvent } from '../../../functions/runtime/wide-event.ts';
import { createSubmit } from '../../../functions/submit/submit.ts';
import { recordingLog } from '../../fixtures/connection.ts';
import { lambdaContext, submitEvent, SUBMISSION } from '../../fixtures/http.ts';
import { oddEvent } from '../../fixtures/odd-event.ts';
import { PROBE, ROUTE } from '../../fixtures/served.ts';

const fails = (): never => {
  throw new RangeError('SECRET');
};
const answers: Work = () => Promise.resolve({ status: 201, body: { id: 1 } });

function handlerOf(
  work: Work,
  { route = ROUTE, write, ...wired }: Partial<Wired> & { route?: Route; write?: WriteEvent } = {},
) {
  const lines: (RequestEvent & Outcome)[] = [];
  const keep = (event: RequestEvent, outcome: Outcome) => void lines.push({ ...event, ...outcome });
  const log = recordingLog();
  const handler = serve(route, () => ({ work, ...wired }), { log, write: write ?? keep });
  return { handler, lines, log: log.lines };
}

/** The submit, with a store that nothing odd may reach. */
function submit() {
  const store = { reserve: () => assert.fail('reached the store'), read: () => assert.fail('reached the store') };
  const work = createSubmit({ store, npiCheckDigit: 'enforce', anonymousCaller: 'local', simulateSlowMember: false });
  return handlerOf(work, { route: { ...ROUTE, failed: refused } });
}

function assertProblem({ statusCode, headers, body }: Awaited<ReturnType<ReturnType<typeof serve>>>): void {
  assert.ok(statusCode !== undefined && statusCode >= 400 && statusCode < 500, String(statusCode));
  assert.equal(headers?.['content-type'], 'application/problem+json');
  assert.match(String(headers['x-trace-id']), /^[0-9a-f]{32}$/);
  assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/);
  const document = JSON.parse(body ?? '') as Record<string, unknown>;
  assert.deepEqual([document['status'], document['trace_id']], [statusCode, headers['x-trace-id']]);
}

describe('a submit', () => {
  const json = submitEvent(SUBMISSION);
  const EVENTS: [string, unknown, number][] = [
    ['null', null, 415],
    ['nothing', undefined, 415],
    ['a text', 'text', 415],
    ['a list', [json], 415],
    ['an event without headers', { ...json, headers: null }, 415],
    ['an event whose headers are no texts', { ...json, headers: { 'content-type': ['application/json'] } }, 415],
    ['an event without a body', { ...json, body: null }, 400],
    ['an event whose body is false', { ...json, body: false }, 400],
    ['an event whose body is 0', { ...json, body: 0 }, 400],
    ['an event whose body is no text but the document', { ...json, body: SUBMISSION }, 400],
    ['an event that calls a text base64', { ...json, isBase64Encoded: true }, 400],
    ['a body false', submitEvent('false'), 422],
    ['a body 0', submitEvent('0'), 422],
    ['a body null', submitEvent('null'), 422],
    ['a body []', submitEvent('[]'), 422],
    ['a document encoded twice', submitEvent(JSON.stringify(JSON.stringify(SUBMISSION))), 422],
    ['a body without its type', submitEvent(SUBMISSION, { headers: { 'content-type': '' } }), 415],
    ['a body in a content coding', submitEvent(SUBMISSION, { headers: { 'content-encoding': 'br' } }), 415],
    ['a body in Latin-1', submitEvent(latin1(), { isBase64Encoded: true }), 400],
    [
      'a body in Latin-1 that was decoded on the way',
      submitEvent({ ...SUBMISSION, requested_service: 'Caf\ufffd au lait' }),
      422,
    ],
    ['a member twice', submitEvent(`{"member_id":"M1",${JSON.stringify(SUBMISSION).slice(1)}`), 422],
    ['claims that are a text', { ...json, requestContext: { authorizer: { jwt: { claims: 'client_id' } } } }, 401],
    ['claims that are null', { ...json, requestContext: { authorizer: { jwt: { claims: null } } } }, 401],
    ['a caller with a NUL', submitEvent(SUBMISSION, { claims: { client_id: 'a\0b' } }), 401],
  ];
  for (const [what, event, status] of EVENTS) {
    test(`of ${what} is answered ${status} with a problem, logged and counted`, async () => {
      const { handler, lines } = submit();
      const result = await handler(event, lambdaContext());
      assertProblem(result);
      assert.equal(result.statusCode, status);
      assert.deepEqual(
        lines.map((line) => [line.status, line.httpStatus]),
        [['validation_error', status]],
      );
    });
  }

  test('of any event in any context is answered with a problem, logged and counted, and reflects nothing', async () => {
    const context = fc.oneof(
      fc.constantFrom(undefined, null, 7, {}, { awsRequestId: 7 }, { getRemainingTimeInMillis: 'soon' }),
      fc.constant({ getRemainingTimeInMillis: () => NaN }),
      fc.constant(lambdaContext(60_000)),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(oddEvent, fc.anything()), context, async (event, lambda) => {
        const { handler, lines, log } = submit();
        const result = await handler(event, lambda);
        assertProblem(result);
        assert.deepEqual([lines.length, lines[0]?.status, log], [1, 'validation_error', []]);
        assert.doesNotMatch(JSON.stringify([result, lines]), /CANARY/);
      }),
      { numRuns: 1000 },
    );
  });
});

function latin1(): string {
  return Buffer.from(JSON.stringify({ ...SUBMISSION, requested_service: 'Café' }), 'latin1').toString('base64');
}

describe('a context that fails', () => {
  test('is a 500, logged and counted', async () => {
    const { handler, lines } = handlerOf(answers, { route: { ...ROUTE, failed: refused } });
    const result = await handler({}, { getRemainingTimeInMillis: fails });
    assert.equal(result.statusCode, 500);
    assert.deepEqual(
      lines.map((line) => [line.status, line.httpStatus, line.errorType]),
      [['error', 500, 'RangeError']],
    );
    assert.doesNotMatch(JSON.stringify([result, lines]), /SECRET/);
  });

  test('as an event fails is a 500, too', async () => {
    const { handler, lines } = handlerOf(answers);
    const event = Object.defineProperty({}, 'headers', { enumerable: true, get: fails });
    assert.equal((await handler(event, lambdaContext())).statusCode, 500);
    assert.equal(lines.length, 1);
  });
});

describe('work whose answer cannot be written', () => {
  const loop: Record<string, unknown> = {};
  loop['loop'] = loop;
  const ANSWERS: [string, unknown][] = [
    ['a number that JSON does not know', { status: 200, body: { id: 1n } }],
    ['a loop', { status: 200, body: loop }],
    ['nothing', undefined],
  ];
  for (const [what, answer] of ANSWERS) {
    test(`for it is ${what} is a 500, in the line too`, async () => {
      const { handler, lines } = handlerOf(() => Promise.resolve(answer as never), {
        route: { ...ROUTE, failed: refused },
      });
      const { statusCode, headers } = await handler({}, lambdaContext());
      assert.deepEqual([statusCode, headers?.['content-type']], [500, 'application/problem+json']);
      assert.deepEqual(
        lines.map((line) => [line.status, line.httpStatus, line.errorType]),
        [['error', 500, 'TypeError']],
      );
    });
  }
});

describe('the answer of a request stays what it is', () => {
  const PARTS: [string, Parameters<typeof handlerOf>[1]][] = [
    ['X-Ray’s view does not open', { awsView: fails }],
    ['X-Ray’s view does not close', { awsView: () => Promise.resolve(fails) }],
    ['its line cannot be written', { write: fails }],
  ];
  for (const [what, parts] of PARTS) {
    test(`when ${what}, which is said once and without a message`, async () => {
      const { handler, lines, log } = handlerOf(answers, parts);
      for (let calls = 0; calls < 2; calls++) assert.equal((await handler({}, lambdaContext())).statusCode, 201);
      assert.equal(lines.length, parts?.write === undefined ? 2 : 0);
      assert.deepEqual(
        log.map(({ level, message }) => [level, message]),
        [['warn', 'The telemetry of requests does not work']],
      );
    });
  }

  test('when what counts a failure fails', async () => {
    const { handler, lines } = handlerOf(() => Promise.reject(new Error('SECRET')), {
      route: { ...ROUTE, failed: fails },
    });
    assert.equal((await handler({}, lambdaContext())).statusCode, 500);
    assert.equal(lines.length, 1);
  });

  test('when the log is closed, too', async () => {
    const handler = serve(PROBE, () => ({ work: () => Promise.reject(new Error('SECRET')) }), {
      log: { warn: fails, error: fails },
      write: fails,
    });
    assert.equal((await handler({}, lambdaContext())).statusCode, 500);
  });

  test('when what the deadline abandons cannot be abandoned', async () => {
    const { handler } = handlerOf(() => new Promise(() => undefined), { deadlineMs: 1, abandon: fails });
    assert.equal((await handler({}, lambdaContext())).statusCode, 504);
  });
});

describe('a database that is away', () => {
  const away = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
  const detailOf = async (route: Route['route']) => {
    const { handler } = handlerOf(away, { route: { route } });
    return (JSON.parse((await handler({}, lambdaContext())).body ?? '') as { detail: string }).detail;
  };
  test('tells whoever submits of the key, and nobody who reads', async () => {
    assert.match(await detailOf('POST /prior-auth/submit'), /Idempotency-Key.*stored/);
    for (const route of ['GET /prior-auth/{request_id}', 'GET /metrics'] as const)
      assert.equal(await detailOf(route), 'The database is away. Send the request again.');
  });
});
