import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseTraceId, toJaegerTrace } from '../../../../local/embedded/traces/trace.ts';
import { NOON, storedSpan, traceID } from './fixtures.ts';

test('spans are listed in the order of their start, a parent before the child that starts with it', () => {
  const operations = [
    storedSpan({ operationName: 'later', startTime: NOON + 1 }),
    storedSpan({ operationName: 'child', startTime: NOON, duration: 1 }),
    storedSpan({ operationName: 'parent', startTime: NOON, duration: 2 }),
  ];
  const { spans } = toJaegerTrace(traceID(1), operations);
  assert.deepEqual(
    spans.map((span) => span.operationName),
    ['parent', 'child', 'later'],
  );
});

test('equal processes have one number, different ones have their own', () => {
  const tags = [{ key: 'faas.name', type: 'string', value: 'submit' }] as const;
  const { spans, processes } = toJaegerTrace(traceID(1), [
    storedSpan({ process: { serviceName: 'a', tags } }),
    storedSpan({ process: { serviceName: 'a', tags: [...tags] } }),
    storedSpan({ process: { serviceName: 'a', tags: [] } }),
  ]);
  assert.deepEqual(
    spans.map((span) => span.processID),
    ['p1', 'p1', 'p2'],
  );
  assert.deepEqual(processes, { p1: { serviceName: 'a', tags }, p2: { serviceName: 'a', tags: [] } });
});

test('a trace id is read in either case and with its leading zeros left out, and nothing else is one', () => {
  assert.equal(parseTraceId('ABCDEF0123456789ABCDEF0123456789'), 'abcdef0123456789abcdef0123456789');
  assert.equal(parseTraceId('00f067aa0ba902b7'), '000000000000000000f067aa0ba902b7');
  for (const text of ['', 'xyz', '0x12', ' 12', 'a'.repeat(33), 'a,b'])
    assert.equal(parseTraceId(text), undefined, text);
});
