import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toAnswer } from '../../../functions/runtime/http.ts';
import { Problem } from '../../../functions/runtime/problem.ts';

const TRACE = 'a'.repeat(32);

/** The document as it is sent. */
function sent(problem: Problem): unknown {
  return JSON.parse(JSON.stringify(problem.toDocument(TRACE)));
}

test('a problem is the document of RFC 9457 with the trace id, and no member without content', () => {
  assert.deepEqual(sent(new Problem(404)), {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    trace_id: TRACE,
  });
  const faults = [{ field: 'body', rule: 'json', detail: 'is not JSON' }];
  assert.deepEqual(sent(new Problem(400, { detail: 'The body is not JSON.', faults })), {
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    detail: 'The body is not JSON.',
    trace_id: TRACE,
    errors: faults,
  });
});

test('the cause is for the span only', () => {
  const problem = new Problem(500, { cause: new Error('SECRET') });
  assert.ok(problem.cause instanceof Error);
  assert.equal(problem.message, '500 Internal Server Error');
  assert.doesNotMatch(JSON.stringify(sent(problem)), /SECRET/);
});

test('every status that is answered has the title of RFC 9110', () => {
  const titles = [400, 401, 403, 404, 409, 413, 415, 422, 500, 503, 504].map((status) => new Problem(status).message);
  assert.deepEqual(titles, [
    '400 Bad Request',
    '401 Unauthorized',
    '403 Forbidden',
    '404 Not Found',
    '409 Conflict',
    '413 Content Too Large',
    '415 Unsupported Media Type',
    '422 Unprocessable Content',
    '500 Internal Server Error',
    '503 Service Unavailable',
    '504 Gateway Timeout',
  ]);
});

test('its headers are the answer’s, and its media type is problem+json', () => {
  const { status, headers } = toAnswer(new Problem(503, { headers: { 'retry-after': '1' } }), TRACE);
  assert.deepEqual(
    { status, headers },
    {
      status: 503,
      headers: { 'content-type': 'application/problem+json', 'retry-after': '1' },
    },
  );
});
