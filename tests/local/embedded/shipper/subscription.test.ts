import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { linesOf } from '../../../../functions/bridge/subscription.ts';
import { createWriter } from '../../../../functions/runtime/wide-event.ts';
import { matches, toSubscriptionEvent } from '../../../../local/embedded/shipper/subscription.ts';
import { captureOutput } from '../../../fixtures/output.ts';
import { statusLine, submitLine } from '../../../fixtures/wide-line.ts';

describe('the subscription filter', () => {
  test('lets through every line that the functions write', () => {
    const outcome = { functionName: 'submit', route: 'r', httpStatus: 201, durationMs: 1, coldStart: true } as const;
    const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), kept: true, errorType: undefined };
    const [written = ''] = captureOutput(() => {
      createWriter()({ eventId: 'e', operations: {}, status: 'success' }, { ...outcome, ...ids });
    });
    for (const line of [written, JSON.stringify(submitLine()), JSON.stringify(statusLine())]) {
      assert.equal(matches(line), true, line);
    }
  });

  for (const other of [
    '',
    'Server ready: "Namespace":"PriorAuth"',
    '{"level":"WARN","message":"A probe failed","service":"prior-auth-api"}',
    JSON.stringify(submitLine()).replace('PriorAuth', 'PriorAuthorization'),
    JSON.stringify(submitLine()).replace('PriorAuth', 'Other'),
  ]) {
    test(`holds back ${other.slice(0, 30) || 'an empty line'}`, () => assert.equal(matches(other), false));
  }
});

describe('a subscription event', () => {
  test('is read by the bridge as the lines that went in', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.nat(), text), { selector: ([offset]) => offset }), (pairs) => {
        const lines = pairs.map(([offset, text]) => ({ text, offset, end: offset + 1 }));
        const read = linesOf(toSubscriptionEvent(lines, 1_795_393_305_129));
        assert.deepEqual(
          read.map(({ message }) => message),
          lines.map((line) => line.text),
        );
        assert.equal(new Set(read.map(({ id }) => id)).size, lines.length);
      }),
    );
  });

  test('gives a line that is sent again the id that it had', () => {
    const line = { text: 'x', offset: 1234, end: 1236 };
    const ids = [toSubscriptionEvent([line], 1), toSubscriptionEvent([{ ...line, offset: 0 }, line], 2)].map(
      (event) => linesOf(event).at(-1)?.id,
    );
    assert.deepEqual(ids, ['1234'.padStart(56, '0'), '1234'.padStart(56, '0')]);
  });
});
