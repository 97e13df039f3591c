import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpAnswer } from '../../../functions/runtime/http.ts';
import { lambdaContext } from '../../fixtures/http.ts';
import { served } from '../../fixtures/served.ts';

const answer = (status: number): HttpAnswer => ({ status, body: {} });

describe('a deadline', () => {
  const never = () => new Promise<never>(() => undefined);

  test('that passes is a 504, and what the work holds is abandoned once', async () => {
    const abandon = mock.fn();
    const { call, lines } = served(never, { deadlineMs: 20, abandon });
    const { status, body } = await call();
    assert.equal(status, 504);
    assert.match(body, /"title":"Gateway Timeout".*"detail":"The deadline of this request passed\."/);
    assert.equal(abandon.mock.callCount(), 1);
    assert.deepEqual([lines.length, lines[0]?.outcome.httpStatus, lines[0]?.outcome.errorType], [1, 504, '504']);
  });

  test('leaves of the time that Lambda gives what line, flush and answer need', async () => {
    const lambda = lambdaContext(800);
    const { status } = await served(never, { deadlineMs: 5000 }).call(lambda);
    assert.equal(status, 504);
    assert.ok(lambda.getRemainingTimeInMillis() > 400, 'answered with time to spare');
  });

  test('is at once where Lambda gives too little time', async () => {
    const lambda = lambdaContext(300);
    assert.equal((await served(never).call(lambda)).status, 504);
    assert.ok(lambda.getRemainingTimeInMillis() > 0);
  });

  test('that is kept abandons nothing, also later', async () => {
    const abandon = mock.fn();
    const { call } = served(() => Promise.resolve(answer(200)), { deadlineMs: 15, abandon });
    assert.equal((await call()).status, 200);
    await sleep(30);
    assert.equal(abandon.mock.callCount(), 0);
  });

  for (const end of ['answers', 'fails'] as const) {
    test(`is over for work that ${end} after it: no second line, nothing unhandled`, async () => {
      const late = Promise.withResolvers<HttpAnswer>();
      const { call, lines } = served(() => late.promise, { deadlineMs: 10 });
      assert.equal((await call()).status, 504);
      if (end === 'answers') late.resolve(answer(201));
      else late.reject(new Error('too late'));
      await sleep(10); // an unhandled rejection fails the test
      assert.equal(lines.length, 1);
    });
  }
});
