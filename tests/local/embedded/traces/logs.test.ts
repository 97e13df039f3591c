import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { createLogIndex } from '../../../../local/embedded/traces/logs.ts';
import { traceID } from './fixtures.ts';

function line(members: Record<string, unknown>): string {
  return JSON.stringify(members);
}

const everything = { traceID: undefined, requestID: undefined };

test('lines are found by trace id, by request id, by both and without either, newest first and unchanged', () => {
  const logs = createLogIndex();
  const first = `{ "trace_id": "${traceID(1)}", "request_id": "PA-00001", "n": 1.50 }`;
  const second = line({ trace_id: traceID(1), request_id: 'PA-00002' });
  const third = line({ trace_id: traceID(2), request_id: 'PA-00001' });
  const fourth = line({ message: 'no ids' });
  [first, second, third, fourth].forEach((text) => logs.add(text));
  assert.deepEqual(logs.find({ traceID: traceID(1) }, 10), [second, first]);
  assert.deepEqual(logs.find({ requestID: 'PA-00001' }, 10), [third, first]);
  assert.deepEqual(logs.find({ traceID: traceID(1), requestID: 'PA-00001' }, 10), [first]);
  assert.deepEqual(logs.find(everything, 10), [fourth, third, second, first]);
  assert.deepEqual(logs.find(everything, 2), [fourth, third]);
  assert.deepEqual(logs.find({ traceID: traceID(3) }, 10), []);
});

test('what is not a JSON object is ignored, and an id that is no text is no id', () => {
  const logs = createLogIndex();
  for (const text of ['', 'START RequestId: 1', '{', '[{"trace_id":"a"}]', '"text"', '1', 'null']) logs.add(text);
  assert.equal(logs.status().lines, 0);
  const odd = line({ trace_id: 5, request_id: { a: 1 } });
  logs.add(odd);
  assert.deepEqual(logs.find(everything, 10), [odd]);
});

test('above the bound the oldest lines are dropped, counted and found no more', () => {
  const logs = createLogIndex(2);
  const lines = [1, 2, 3].map((n) => line({ trace_id: traceID(1), request_id: `PA-0000${n}` }));
  lines.forEach((text) => logs.add(text));
  assert.deepEqual(logs.find({ traceID: traceID(1) }, 10), [lines[2], lines[1]]);
  assert.deepEqual(logs.find({ requestID: 'PA-00001' }, 10), []);
  assert.deepEqual(logs.status(), { lines: 2, maxLines: 2, receivedLines: 3, droppedLines: 1 });
});

test('the bound in characters holds beside the bound in lines', () => {
  const logs = createLogIndex(100, 50);
  const lines = ['a', 'b', 'c'].map((id) => line({ id: id.repeat(10) }));
  lines.forEach((text) => logs.add(text));
  assert.deepEqual(logs.find(everything, 10), [lines[2], lines[1]]);
  logs.add(line({ id: 'd'.repeat(60) }));
  assert.deepEqual(logs.find(everything, 10), []);
});

test('any lines are found as a search through the newest of them finds them', () => {
  const id = fc.option(fc.nat(3), { nil: undefined });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.array(fc.tuple(id, id)),
      id,
      id,
      (maxLines, ids, trace, request) => {
        const logs = createLogIndex(maxLines);
        const named = (number: number | undefined) => (number === undefined ? undefined : `r${number}`);
        const traced = (number: number | undefined) => (number === undefined ? undefined : traceID(number));
        const lines = ids.map(([t, r], n) => ({ n, trace_id: traced(t), request_id: named(r) }));
        lines.forEach((members) => logs.add(line(members)));
        const expected = lines
          .slice(-maxLines)
          .filter((members) => trace === undefined || members.trace_id === traced(trace))
          .filter((members) => request === undefined || members.request_id === named(request))
          .reverse()
          .map(line);
        assert.deepEqual(logs.find({ traceID: traced(trace), requestID: named(request) }, 100), expected);
      },
    ),
  );
});
