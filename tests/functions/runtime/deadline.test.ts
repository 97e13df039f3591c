import assert from 'node:assert/strict';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { describe, test, type TestContext, vi } from 'vitest';
import type { HttpAnswer } from '../../../functions/runtime/http.ts';
import { lambdaContext } from '../../fixtures/http.ts';
import { holdTime } from '../../fixtures/held-time.ts';
import { served } from '../../fixtures/served.ts';

const answer = (status: number): HttpAnswer => ({ status, body: {} });

describe('a deadline', () => {
  const never = () => new Promise<never>(() => undefined);

  test('that passes is a 504, and what the work holds is abandoned once', async () => {
    const abandon = vi.fn();
    const { call, lines } = served(never, { deadlineMs: 20, abandon });
    const { status, body } = await call();
    assert.equal(status, 504);
    assert.match(body, /"title":"Gateway Timeout".*"detail":"The deadline of this request passed\."/);
    assert.equal(abandon.mock.calls.length, 1);
    assert.deepEqual([lines.length, lines[0]?.outcome.httpStatus, lines[0]?.outcome.errorType], [1, 504, '504']);
  });

  /** How long it takes until the answer, of the time that Lambda gives. */
  async function answeredAfter(context: TestContext, remainingMs: number): Promise<number> {
    const time = holdTime(context);
    const lambda = { ...lambdaContext(), getRemainingTimeInMillis: () => remainingMs };
    let status: number | undefined;
    void served(never, { deadlineMs: 5000 })
      .call(lambda)
      .then((answer) => (status = answer.status));
    let passed = 0;
    for (; status === undefined; passed++) {
      time.tick(1);
      await setImmediate();
    }
    assert.equal(status, 504);
    return passed;
  }

  test('leaves of the time that Lambda gives what line, flush and answer need', async (context) => {
    const took = await answeredAfter(context, 800);
    assert.ok(took >= 100 && took < 110, `${took} ms`);
  });

  test('is at once where Lambda gives too little time', async (context) => {
    const took = await answeredAfter(context, 300);
    assert.ok(took < 10, `${took} ms`);
  });

  test('that is kept abandons nothing, also later', async () => {
    const abandon = vi.fn();
    const { call } = served(() => Promise.resolve(answer(200)), { deadlineMs: 15, abandon });
    assert.equal((await call()).status, 200);
    await sleep(30);
    assert.equal(abandon.mock.calls.length, 0);
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
