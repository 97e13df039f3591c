import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { RequestSummary } from '../../../../local/console/contract.ts';
import { summarize } from '../../../../local/console/requests/summary.ts';
import type { Span, Tag } from '../../../../local/embedded/traces/trace.ts';
import { NOON, storedSpan, traceID } from '../../embedded/traces/fixtures.ts';

const MILLISECOND = 1000;

interface Drawn {
  /** Milliseconds after noon. */
  readonly from?: number;
  readonly to?: number;
  readonly parent?: string;
  readonly tags?: Record<string, string | number | boolean>;
}

function span(name: string, { from = 0, to = 1, parent, tags = {} }: Drawn = {}): Span {
  return storedSpan({
    spanID: name,
    operationName: name,
    references: parent === undefined ? [] : [{ refType: 'CHILD_OF', traceID: traceID(1), spanID: parent }],
    startTime: NOON + from * MILLISECOND,
    duration: (to - from) * MILLISECOND,
    tags: Object.entries(tags).map(([key, value]) => toTag(key, value)),
  });
}

function toTag(key: string, value: string | number | boolean): Tag {
  if (typeof value === 'string') return { key, type: 'string', value };
  return { key, type: typeof value === 'number' ? 'int64' : 'bool', value };
}

/** The line of a trace, which holds to the contract. */
function lineOf(...spans: readonly Span[]): RequestSummary {
  return RequestSummary.parse(summarize({ traceID: traceID(1), arrival: 7, spans }));
}

/** A submit as the layer exports it: children first. */
function submit(slowMilliseconds: number): readonly Span[] {
  const end = 40 + slowMilliseconds;
  return [
    span('generate_request_id', { from: 2, to: 12, parent: 'submit', tags: { 'prior_auth.request_id': 'PA-00042' } }),
    span('vip_member_slow_query', { from: 12, to: 12 + slowMilliseconds, parent: 'submit' }),
    span('database_insert', { from: end - 20, to: end - 2, parent: 'submit' }),
    span('submit', { from: 1, to: end - 1, parent: 'POST /prior-auth/submit' }),
    span('POST /prior-auth/submit', { from: 0, to: end, tags: { 'http.response.status_code': 201 } }),
  ];
}

describe('the line of a trace', () => {
  test('is told by its root span, wherever that stands among the others', () => {
    assert.deepEqual(lineOf(...submit(0)), {
      traceID: traceID(1),
      arrival: 7,
      startTime: NOON,
      duration: 40_000,
      name: 'POST /prior-auth/submit',
      status: 201,
      error: false,
      spans: 5,
      requestIDs: ['PA-00042'],
      slowest: { name: 'database_insert', share: 0.45, isBottleneck: false },
    });
  });

  test('names the span that somebody waits for as a bottleneck', () => {
    assert.deepEqual(lineOf(...submit(1960)).slowest, {
      name: 'vip_member_slow_query',
      share: 0.98,
      isBottleneck: true,
    });
  });

  test('takes the parent in another system, which is not stored, for none', () => {
    const { name, status } = lineOf(
      span('GET /x', { parent: 'elsewhere', tags: { 'http.response.status_code': 404 } }),
    );
    assert.deepEqual([name, status], ['GET /x', 404]);
  });

  test('has no status where its root has none, or one that is no number', () => {
    const child = span('b', { parent: 'a', tags: { 'http.response.status_code': 500 } });
    assert.equal(lineOf(span('a'), child).status, null);
    assert.equal(lineOf(span('a', { tags: { 'http.response.status_code': '200' } })).status, null);
  });

  test('is an error when any of its spans is one', () => {
    const child = (error: string | boolean) => span('b', { parent: 'a', tags: { first: 1, error } });
    assert.equal(lineOf(span('a'), child(true)).error, true);
    assert.equal(lineOf(span('a'), child(false)).error, false);
    assert.equal(lineOf(span('a'), child('M12345')).error, false);
  });

  for (const [value, expected] of [
    ['PA-00001', ['PA-00001']],
    ['PA-100000', ['PA-100000']],
    ['PA-1', []],
    ['M12345', []],
    ['PA-00001 of M12345', []],
    ['of M12345: PA-00001', []],
    [`PA-${'1'.repeat(17)}`, []],
    [100_001, []],
  ] as const) {
    test(`of a request ${value} has the request ids ${expected.join()}`, () => {
      assert.deepEqual(lineOf(span('a', { tags: { 'prior_auth.request_id': value } })).requestIDs, expected);
    });
  }

  test('is told by the longest of several roots, and by what lies below that', () => {
    const request = (number: number, from: number, to: number, status: number) =>
      span(`root ${number}`, {
        from,
        to,
        tags: { 'http.response.status_code': status, 'prior_auth.request_id': `PA-0000${number}` },
      });
    const slow = span('slow', { from: 20, to: 170, parent: 'root 2' });
    const line = lineOf(request(1, 0, 10, 201), request(2, 20, 220, 500), slow, request(3, 230, 240, 422));
    assert.deepEqual([line.name, line.status, line.duration], ['root 2', 500, 200_000]);
    assert.deepEqual(line.slowest, { name: 'slow', share: 0.75, isBottleneck: true });
    assert.deepEqual(line.requestIDs, ['PA-00001', 'PA-00002', 'PA-00003']);
  });

  test('goes by the longest span without a parent until the root arrives', () => {
    const [generate, slow, insert] = submit(1960) as [Span, Span, Span];
    const { name, spans, slowest } = lineOf(insert, slow, generate);
    assert.deepEqual([name, spans], ['vip_member_slow_query', 3]);
    assert.deepEqual(slowest, { name: 'vip_member_slow_query', share: 1, isBottleneck: true });
  });

  test('never says that a span takes more than all, though it outlive its root or the root take no time', () => {
    const late = span('late', { from: 0, to: 500, parent: 'root' });
    assert.deepEqual(lineOf(span('root', { to: 20 }), late).slowest, { name: 'late', share: 1, isBottleneck: true });
    assert.equal(lineOf(span('root', { to: 0 }), late).slowest.share, 1);
    assert.equal(lineOf(span('root', { to: 0 })).slowest.share, 0);
  });

  test("is none where spans are each other's parents", () => {
    const circle = [span('a', { parent: 'b' }), span('b', { parent: 'a' })];
    assert.equal(summarize({ traceID: traceID(1), arrival: 1, spans: circle }), undefined);
  });
});
