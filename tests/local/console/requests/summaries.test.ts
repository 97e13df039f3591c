import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createSummaries } from '../../../../local/console/requests/summaries.ts';
import { createTraceStore } from '../../../../local/embedded/traces/store.ts';
import { storedSpan, traceID } from '../../embedded/traces/fixtures.ts';

test('the line of a trace is made once, and again when a span has come to it', () => {
  const store = createTraceStore();
  const summaryOf = createSummaries();
  const read = () => summaryOf(store.trace(traceID(1))!);
  store.add([storedSpan()]);
  const first = read();
  assert.equal(first?.spans, 1);
  assert.equal(read(), first);
  store.add([storedSpan()]);
  assert.equal(read()?.spans, 2);
});
