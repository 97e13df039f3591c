import fc from 'fast-check';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startBoth } from '../fixtures/both-clients.ts';
import { assertAlike } from '../fixtures/compare.ts';
import { served } from '../fixtures/responses.ts';

const NUM_RUNS = 300;

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const WHOLE = [
  'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nRetry-After: 7\r\n\r\nabc',
  `${CHUNKED}2;a=b\r\nab\r\nA\r\n0123456789\r\n0\r\nDigest: a\r\n\r\n`,
  'HTTP/1.1 503 No\r\nConnection: keep-alive\r\n\r\ngone',
  'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Upgrade, Close\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nKeep-Alive: timeout=1\r\n\r\n',
];

/**
 * What random answers hold too seldom: lengths and chunks in doubt, each with the body that one of its readings would
 * have.
 */
const DOUBTFUL = [
  ...['Content-Length: 3\r\nContent-Length: 3', 'Content-Length: 3\r\nContent-Length: 5', 'Content-Length: 3, 3'],
  ...['Content-Length: 0x3', 'Content-Length: +3', 'Content-Length:', 'Content-Length : 3', 'Content-Length: 3 '],
  ...['Content-Length: 3\r\nX: a\r\n b', 'X: a\nContent-Length: 3', 'X: a\0\r\nContent-Length: 3'],
]
  .map((fields) => `HTTP/1.1 200 OK\r\n${fields}\r\n\r\nabc`)
  .concat(
    [
      ...['3g\r\nabc\r\n0\r\n\r\n', '3 \r\nabc\r\n0\r\n\r\n', '3;a="\r\nabc\r\n0\r\n\r\n'],
      ...['+3\r\nabc\r\n0\r\n\r\n', '3\r\nabcd\r\n0\r\n\r\n', '3\nabc\r\n0\r\n\r\n', '0\r\nX: a\r\n b\r\n\r\n'],
      ...['0\r\nContent-Length: 3\r\n\r\n', '-0\r\n\r\n', '3\r\nabc0\r\n\r\n'],
    ].map((body) => CHUNKED + body),
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  );

describe('the HTTP client beside node:http', { timeout: 300_000 }, () => {
  let both: Awaited<ReturnType<typeof startBoth>>;
  before(async () => void (both = await startBoth()));
  after(() => void both.close());

  for (const text of WHOLE) {
    it(`takes ${JSON.stringify(text)} alike, split at every byte`, async () => {
      const nodes = await both.nodes({ parts: [text], closes: false });
      assert.ok(nodes.answer);
      for (let at = 0; at < text.length; at++) {
        const parts = [text.slice(0, at), text.slice(at)].filter((part) => part !== '');
        const ours = await both.ours({ parts, closes: false });
        assert.deepEqual(ours.answer, nodes.answer);
        assertAlike({ parts, closes: false }, ours, nodes);
      }
    });

    it(`takes ${JSON.stringify(text)} alike, cut short at every byte`, async () => {
      for (let at = 0; at < text.length; at++) {
        const cut = { parts: [text.slice(0, at)].filter((part) => part !== ''), closes: true };
        assertAlike(cut, await both.ours(cut), await both.nodes(cut));
      }
    });
  }

  for (const text of DOUBTFUL) {
    it(`does not understand ${JSON.stringify(text)} otherwise`, async () => {
      const whole = { parts: [text], closes: true };
      assertAlike(whole, await both.ours(whole), await both.nodes(whole));
    });
  }

  it('takes what it takes alike, whatever a server sends', async () => {
    await fc.assert(
      fc.asyncProperty(served, async (given) => {
        assertAlike(given, await both.ours(given), await both.nodes(given));
      }),
      { numRuns: NUM_RUNS },
    );
  });
});
