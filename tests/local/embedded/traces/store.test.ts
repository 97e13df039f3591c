import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { createTraceStore } from '../../../../local/embedded/traces/store.ts';
import { NOON, storedSpan, traceID } from './fixtures.ts';

const every = () => true;

test('room for a new span is made by dropping the trace that came first, whole, and counting it', () => {
  const store = createTraceStore(5);
  store.add([1, 2, 1].map((number) => storedSpan({ traceID: traceID(number) })));
  store.add([3, 3, 4].map((number) => storedSpan({ traceID: traceID(number) })));
  assert.equal(store.trace(traceID(1)), undefined);
  assert.deepEqual(
    [2, 3, 4].map((number) => store.trace(traceID(number))?.spans.length),
    [1, 2, 1],
  );
  assert.deepEqual(store.status(), {
    traces: 3,
    spans: 4,
    maxSpans: 5,
    receivedSpans: 6,
    duplicateSpans: 0,
    droppedTraces: 1,
    droppedSpans: 2,
  });
});

test('a trace that grows while others are dropped counts as come after them, so that the oldest arrival tells what is gone', () => {
  const store = createTraceStore(3);
  store.add([1, 2, 3].map((number) => storedSpan({ traceID: traceID(number) })));
  store.add([storedSpan({ traceID: traceID(1) })]);
  assert.equal(store.trace(traceID(2)), undefined);
  assert.deepEqual([store.oldestArrival(), store.trace(traceID(3))?.arrival], [3, 3]);
  assert.ok((store.trace(traceID(1))?.arrival ?? 0) > 3);
});

test('services and operations go with the last span that has them', () => {
  const store = createTraceStore(3);
  store.add([
    storedSpan({ traceID: traceID(1), service: 'first', operationName: 'a' }),
    storedSpan({ traceID: traceID(1), operationName: 'z' }),
    storedSpan({ traceID: traceID(2), operationName: 'b' }),
    storedSpan({ traceID: traceID(2), operationName: 'a' }),
  ]);
  assert.deepEqual(store.services(), ['prior-auth-api']);
  const operations = ['a', 'b'].map((name) => ({ name, spanKind: '' }));
  assert.deepEqual(store.operations('prior-auth-api'), operations);
  store.add([
    storedSpan({ traceID: traceID(3), operationName: 'b' }),
    storedSpan({ traceID: traceID(3), operationName: 'c' }),
  ]);
  assert.deepEqual(
    store.operations('prior-auth-api').map(({ name }) => name),
    ['b', 'c'],
  );
});

test('a trace that alone fills the store keeps its first spans and loses the further ones', () => {
  const store = createTraceStore(3);
  const spans = Array.from({ length: 5 }, () => storedSpan());
  store.add(spans);
  assert.deepEqual(
    store.trace(traceID(1))?.spans.map(({ spanID }) => spanID),
    spans.slice(0, 3).map(({ spanID }) => spanID),
  );
  assert.partialDeepStrictEqual(store.status(), { traces: 1, spans: 3, droppedTraces: 0, droppedSpans: 2 });
});

test('the same span id in another trace is another span, in the same trace a duplicate', () => {
  const store = createTraceStore();
  const span = storedSpan();
  store.add([span, { ...span, operationName: 'sent again' }, { ...span, traceID: traceID(2) }]);
  assert.partialDeepStrictEqual(store.status(), { traces: 2, spans: 2, receivedSpans: 2, duplicateSpans: 1 });
  assert.equal(store.trace(traceID(1))?.spans[0]?.operationName, 'database_insert');
});

test('traces are found latest start first, wherever they arrived, and at most as many as asked for', () => {
  const store = createTraceStore();
  for (const second of [3, 1, 2]) {
    const start = NOON + second * 1e6;
    const later = second === 1 ? 10e6 : 500; // a trace starts with its earliest span
    store.add([
      storedSpan({ traceID: traceID(second), startTime: start + later }),
      storedSpan({ traceID: traceID(second), startTime: start }),
    ]);
  }
  const ids = (limit: number) => store.find(every, limit).map((trace) => trace.traceID);
  assert.deepEqual(ids(100), [traceID(3), traceID(2), traceID(1)]);
  assert.deepEqual(ids(2), [traceID(3), traceID(2)]);
  assert.deepEqual(
    store.find(({ startTime }) => startTime < NOON + 3e6, 1).map((trace) => trace.traceID),
    [traceID(2)],
  );
});

test('equal tags and processes of different spans are held in memory once', () => {
  const store = createTraceStore();
  const tags = () => [{ key: 'http.route', type: 'string', value: '/health' } as const];
  store.add([storedSpan({ tags: tags() }), storedSpan({ tags: tags() })]);
  const [first, second] = store.trace(traceID(1))?.spans ?? [];
  assert.ok(first && second);
  assert.deepEqual(first.tags, tags());
  assert.equal(first.tags[0], second.tags[0]);
  assert.equal(first.process, second.process);
});

test('tags that differ only in type stay apart', () => {
  const store = createTraceStore();
  const tags = [
    { key: 'n', type: 'string', value: '1' },
    { key: 'n', type: 'int64', value: 1 },
  ] as const;
  store.add(tags.map((tag) => storedSpan({ tags: [tag] })));
  assert.deepEqual(
    store.trace(traceID(1))?.spans.map((span) => span.tags[0]),
    tags,
  );
});

test('what changed after a cursor comes in the order of arrival, and nothing after the last', () => {
  const store = createTraceStore();
  assert.deepEqual([store.changedSince(0), store.oldestArrival()], [[], 1]);
  store.add([1, 1, 2, 3, 1].map((number) => storedSpan({ traceID: traceID(number) })));
  const changed = (cursor: number) => store.changedSince(cursor).map((trace) => [trace.traceID, trace.arrival]);
  const [first, second, third] = [
    [traceID(1), 1],
    [traceID(2), 3],
    [traceID(3), 4],
  ];
  assert.deepEqual([0, 2, 3, 4, 5, 100].map(changed), [
    [first, second, third],
    [first, second, third],
    [first, third],
    [first],
    [],
    [],
  ]);
});

test('a reader that follows the changes knows every stored trace as it is, and no other', () => {
  const steps = fc.array(fc.oneof(fc.nat(8), fc.constant('read' as const)), { maxLength: 100 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), steps, (maxSpans, taken) => {
      const store = createTraceStore(maxSpans);
      const known = new Map<string, { arrival: number; spans: number }>();
      let cursor = 0;
      for (const step of [...taken, 'read' as const]) {
        if (step !== 'read') {
          store.add([storedSpan({ traceID: traceID(step) })]);
          continue;
        }
        for (const trace of store.changedSince(cursor)) {
          known.set(trace.traceID, { arrival: trace.arrival, spans: trace.spans.length });
        }
        cursor = store.status().receivedSpans;
        for (const [id, { arrival }] of known) if (arrival < store.oldestArrival()) known.delete(id);
      }
      const stored = store.find(every, Infinity);
      for (const { traceID: id, arrival, spans } of stored) {
        assert.deepEqual(known.get(id), { arrival, spans: spans.length });
      }
      assert.equal(known.size, stored.length);
    }),
  );
});

test('whatever arrives, the bound holds and every span received is stored or counted as dropped', () => {
  const arrivals = fc.array(fc.record({ trace: fc.nat(5), span: fc.nat(12) }), { maxLength: 120 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), arrivals, (maxSpans, sent) => {
      const store = createTraceStore(maxSpans);
      for (const { trace, span } of sent) {
        store.add([storedSpan({ traceID: traceID(trace), spanID: span.toString(16).padStart(16, '0') })]);
        const { spans, receivedSpans, droppedSpans } = store.status();
        assert.ok(spans <= maxSpans);
        assert.equal(spans + droppedSpans, receivedSpans);
      }
      const found = store.find(every, Infinity);
      const { spans, traces, receivedSpans, duplicateSpans } = store.status();
      assert.equal(receivedSpans + duplicateSpans, sent.length);
      assert.equal(found.length, traces);
      assert.equal(found.flatMap((trace) => trace.spans).length, spans);
      for (const trace of found) {
        assert.equal(new Set(trace.spans.map(({ spanID }) => spanID)).size, trace.spans.length);
      }
    }),
  );
});
