import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSuccess } from '../../../../layers/otel/http/response.ts';
import { countRejected, readRetryAfterMs } from '../../../../layers/otel/export/reply.ts';

const reply = (status: number, body = '', retryAfter?: string) => ({
  status,
  body,
  header: (name: string) => (name === 'retry-after' ? retryAfter : undefined),
});

describe("a collector's answer", () => {
  it('is a success from 200 to 299', () => {
    assert.deepEqual(
      [199, 200, 202, 299, 300, 400, 503].map((status) => isSuccess(reply(status))),
      [false, true, true, true, false, false, false],
    );
  });

  it('tells how many spans it refused, as a number or as the string that JSON has for int64', () => {
    const bodies = {
      '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}}': 3,
      '{"partialSuccess": {"rejectedSpans": 12 }}': 12,
      '{"partialSuccess":{"errorMessage":"\\"rejectedSpans\\":9"}}': 0,
      '{"partialSuccess":{}}': 0,
      '{}': 0,
      null: 0,
      '': 0,
      '<html>': 0,
    };
    for (const [body, rejected] of Object.entries(bodies))
      assert.equal(countRejected(reply(200, body)), rejected, body);
  });

  it('asks for a rest by Retry-After, in seconds or as a date, with 429 and 503 only', () => {
    const now = Date.parse('2026-11-22T12:00:00Z');
    assert.equal(readRetryAfterMs(reply(503, '', '5'), now), 5000);
    assert.equal(readRetryAfterMs(reply(429, '', 'Sun, 22 Nov 2026 12:01:00 GMT'), now), 60_000);
    assert.equal(readRetryAfterMs(reply(500, '', '5'), now), undefined);
    for (const value of [undefined, '', '0', '-1', 'soon', 'Sun, 22 Nov 2026 11:00:00 GMT']) {
      assert.equal(readRetryAfterMs(reply(503, '', value), now), undefined, value);
    }
  });
});
