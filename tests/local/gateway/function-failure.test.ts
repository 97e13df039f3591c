import assert from 'node:assert/strict';
import { test } from 'vitest';
import { describeFailure } from '../../../local/gateway/function-failure.ts';

test('a failed function’s own words are kept, and nothing of the runtime', () => {
  const own = JSON.stringify({ errorMessage: 'The database failed: 42501', errorType: 'Error', trace: ['at /a/b.js'] });
  assert.deepEqual(describeFailure(own), { errorType: 'Error', errorMessage: 'The database failed: 42501' });
  const late = JSON.stringify({ errorMessage: '[504] - Lambda timeout.', trace: [] });
  assert.deepEqual(describeFailure(late), { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out' });
  for (const payload of ['', 'null', '{}', '{"errorMessage":"Cannot find module \'/a/b.js\'\\nRequire stack:"}']) {
    assert.equal(describeFailure(payload).errorMessage, 'The function failed; api-errors.log says why.');
  }
});
