import assert from 'node:assert/strict';
import { describe, test, vi } from 'vitest';
import type { HttpAnswer } from '../../../functions/runtime/http.ts';
import { createLog } from '../../../functions/runtime/log.ts';
import { Problem } from '../../../functions/runtime/problem.ts';
import { serve } from '../../../functions/runtime/serve.ts';
import { databaseSettings, milliseconds, readSettings } from '../../../functions/runtime/settings.ts';
import { httpEvent, lambdaContext } from '../../fixtures/http.ts';
import { rejects } from '../../fixtures/rejection.ts';
import { PROBE, ROUTE, served } from '../../fixtures/served.ts';

const answer = (status: number): HttpAnswer => ({ status, body: {} });
const withCode = (code: string) => Object.assign(new Error('SECRET'), { code });
const FAULT = { field: 'member_id', rule: 'length', detail: 'is too short or too long' };
const AWAY = 'The database is away. Send the request again, with the same Idempotency-Key: it may have been stored.';

describe('what work answers', () => {
  const ANSWERS: [string, HttpAnswer, { type: string; body: string }][] = [
    ['an object as JSON', { status: 201, body: { id: 1 } }, { type: 'application/json', body: '{"id":1}' }],
    ['a text as text', { status: 200, body: 'up 1\n' }, { type: 'text/plain; charset=utf-8', body: 'up 1\n' }],
    [
      'a text in its own type',
      { status: 200, headers: { 'content-type': 'text/csv' }, body: 'a,b' },
      { type: 'text/csv', body: 'a,b' },
    ],
  ];
  for (const [what, given, expected] of ANSWERS) {
    test(`is ${what}, with both ids and never cached`, async () => {
      const lambda = lambdaContext();
      const { call, lines } = served(() => Promise.resolve(given));
      const { status, headers, body } = await call(lambda);
      const { 'x-trace-id': traceId, ...others } = headers;
      assert.deepEqual([status, body], [given.status, expected.body]);
      assert.match(String(traceId), /^[0-9a-f]{32}$/);
      assert.deepEqual(others, {
        'content-type': expected.type,
        'cache-control': 'no-store',
        'x-request-id': lambda.awsRequestId,
      });
      assert.deepEqual(
        lines.map(({ outcome }) => [outcome.httpStatus, outcome.traceId, outcome.errorType]),
        [[given.status, traceId, undefined]],
      );
    });
  }
});

describe('what work throws', () => {
  const UNKNOWN = { status: 500, title: 'Internal Server Error' };
  const THROWN: [string, unknown, { status: number } & Record<string, unknown>, string | undefined][] = [
    ['a problem', new Problem(404, { detail: 'No.' }), { status: 404, title: 'Not Found', detail: 'No.' }, undefined],
    [
      'a problem with faults',
      new Problem(422, { faults: [FAULT] }),
      { status: 422, title: 'Unprocessable Content', errors: [FAULT] },
      undefined,
    ],
    ['a problem of no known status', new Problem(418), { status: 418, title: 'Error' }, undefined],
    ['an error', new TypeError('SECRET'), UNKNOWN, 'TypeError'],
    ['an error with a code', withCode('23505'), UNKNOWN, '23505'],
    ['a text', 'SECRET', UNKNOWN, '500'],
    ['nothing', undefined, UNKNOWN, '500'],
    [
      'the absence of the database',
      withCode('ECONNREFUSED'),
      { status: 503, title: 'Service Unavailable', detail: AWAY },
      'ECONNREFUSED',
    ],
    [
      'a cancelled statement',
      withCode('57014'),
      { status: 504, title: 'Gateway Timeout', detail: 'The database took too long.' },
      '57014',
    ],
  ];
  for (const [what, thrown, document, errorType] of THROWN) {
    for (const [how, work] of [
      ['rejected', rejects(thrown)],
      [
        'thrown',
        () => {
          throw thrown;
        },
      ],
    ] as const) {
      test(`${what}, ${how}, is a ${document.status} problem document (RFC 9457) with both ids`, async () => {
        const lambda = lambdaContext();
        const { call, lines } = served(work);
        const { status, headers, body } = await call(lambda);
        assert.equal(status, document.status);
        assert.equal(headers['content-type'], 'application/problem+json');
        assert.equal(headers['retry-after'], status === 503 ? '1' : undefined);
        assert.equal(headers['x-request-id'], lambda.awsRequestId);
        assert.deepEqual(JSON.parse(body), {
          type: 'about:blank',
          trace_id: headers['x-trace-id'],
          ...document,
        });
        assert.doesNotMatch(JSON.stringify([headers, body, lines]), /SECRET/);
        assert.deepEqual(
          lines.map(({ outcome }) => [outcome.httpStatus, outcome.errorType]),
          [[status, errorType]],
        );
      });
    }
  }

  test('tells the hook of the route, which may still write into the line', async () => {
    const problem = new Problem(409);
    const failed = vi.fn((event: { status?: unknown }) => (event.status = 'conflict'));
    const { call, lines } = served(() => Promise.reject(problem), { route: { ...ROUTE, failed } });
    await call();
    assert.deepEqual(
      failed.mock.calls.map((args: unknown[]) => args.slice(0, 2)),
      [[lines[0]?.event, problem]],
    );
    assert.equal(lines[0]?.event.status, 'conflict');
  });

  test('is all that the hook hears of', async () => {
    const failed = vi.fn();
    await served(() => Promise.resolve(answer(503)), { route: { ...ROUTE, failed } }).call();
    assert.equal(failed.mock.calls.length, 0);
  });
});

describe('a probe', () => {
  const OUTCOMES: [number, number][] = [
    [200, 0],
    [404, 0],
    [503, 1],
  ];
  for (const [status, logged] of OUTCOMES) {
    test(`answered with ${status} writes no event and ${logged === 0 ? 'nothing to the log' : 'one line to the log'}`, async () => {
      const { call, lines, log } = served(() => Promise.resolve(answer(status)), { route: PROBE });
      const { headers } = await call();
      assert.deepEqual(lines, []);
      assert.equal(log.length, logged);
      for (const line of log) {
        assert.deepEqual(line, {
          level: 'error',
          message: 'A probe failed',
          fields: { route: 'GET /health', trace_id: headers['x-trace-id'], http_status: status, error: undefined },
        });
      }
    });
  }
});

test('only the first call of an environment is a cold start', async () => {
  const { call, lines } = served(() => Promise.resolve(answer(200)));
  for (let calls = 0; calls < 3; calls++) await call();
  assert.deepEqual(
    lines.map(({ outcome }) => outcome.coldStart),
    [true, false, false],
  );
  assert.equal(new Set(lines.map(({ event }) => event.eventId)).size, 3);
});

describe('a function that cannot start', () => {
  /** What is logged, by way of the real allow-list. */
  function broken(wire: () => never) {
    const logged: Record<string, unknown>[] = [];
    const log = createLog((line) => logged.push(JSON.parse(line) as Record<string, unknown>));
    const written: number[] = [];
    const write = (_: unknown, { httpStatus }: { httpStatus: number }) => void written.push(httpStatus);
    const wireOnce = vi.fn(wire);
    const handler = serve(ROUTE, wireOnce, { log, write });
    const call = () => handler(httpEvent(), lambdaContext());
    return { call, logged, written, wireOnce };
  }

  test('answers every call with 500 and says once which variables are wrong, never their values', async () => {
    const shape = { ...databaseSettings, REQUEST_DEADLINE_MS: milliseconds(1) };
    const environment = { DATABASE_ROLE: 'SECRET', REQUEST_DEADLINE_MS: 'SECRET' };
    const { call, logged, written, wireOnce } = broken(() =>
      assert.fail(JSON.stringify(readSettings(shape, environment))),
    );
    for (let calls = 0; calls < 3; calls++) {
      const { statusCode, body = '' } = await call();
      assert.equal(statusCode, 500);
      assert.match(body, /"detail":"The service is not configured\."/);
      assert.doesNotMatch(body, /DATABASE|SECRET/);
    }
    assert.equal(wireOnce.mock.calls.length, 1);
    assert.deepEqual(written, [500, 500, 500]);
    assert.equal(logged.length, 1);
    const said = JSON.stringify(logged);
    for (const name of ['DATABASE_URL is not set', 'DATABASE_ROLE', 'REQUEST_DEADLINE_MS'])
      assert.ok(said.includes(name));
    assert.doesNotMatch(said, /SECRET/);
  });

  test('for another reason tells the type of the error only', async () => {
    const { call, logged } = broken(() => {
      throw new RangeError('SECRET');
    });
    assert.equal((await call()).statusCode, 500);
    const [{ message, error_type, ...rest } = {}, ...others] = logged;
    assert.deepEqual([message, error_type, others.length], ['The function cannot start', 'RangeError', 0]);
    assert.doesNotMatch(JSON.stringify(rest), /SECRET/);
  });
});
