import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_BODY_BYTES, readResponse } from '../../../../layers/otel/http/response.ts';

const CRLF = '\r\n';

function response(status: string, fields: readonly string[], body = ''): string {
  return [`HTTP/1.1 ${status}`, ...fields, '', body].join(CRLF);
}

/** What is read once everything is there, nothing having been read of any part of it. */
function whole(text: string, isOver = false) {
  for (let end = 0; end < text.length; end++) {
    assert.equal(readResponse(text.slice(0, end), false), undefined, `at ${end} of ${text.length}`);
  }
  const read = readResponse(text, isOver);
  assert.ok(read, 'not whole');
  return { status: read.reply.status, body: read.reply.body, isReusable: read.isReusable, header: read.reply.header };
}

function chunked(parts: readonly string[], trailer = ''): string {
  const chunks = parts.map((part) => `${part.length.toString(16)};of=this${CRLF}${part}${CRLF}`);
  return `${chunks.join('')}0${CRLF}${trailer}${CRLF}`;
}

describe('an HTTP response', () => {
  it('is whole when its length is there, however it comes in parts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 50 }), (body) => {
        const { header, ...read } = whole(response('200 OK', [`Content-Length: ${body.length}`], body));
        assert.deepEqual(read, { status: 200, body, isReusable: true });
        assert.equal(header('content-length'), String(body.length));
      }),
      { numRuns: 50 },
    );
  });

  it('is put together from its chunks, extensions and trailer left out', () => {
    const parts = fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, fc.constantFrom('', `Digest: a${CRLF}`), (given, trailer) => {
        const text = response('200 OK', ['Transfer-Encoding: Chunked'], chunked(given, trailer));
        const { header, ...read } = whole(text);
        assert.deepEqual(read, { status: 200, body: given.join(''), isReusable: true });
        assert.equal(header('transfer-encoding'), 'Chunked');
      }),
      { numRuns: 50 },
    );
  });

  it('without a length ends with the connection, which is then of no more use', () => {
    const text = response('500 Oh', ['Server: a'], 'gone');
    assert.equal(readResponse(text, false), undefined);
    const read = readResponse(text, true);
    assert.deepEqual([read?.reply.status, read?.reply.body, read?.isReusable], [500, 'gone', false]);
  });

  it('has no body where its status says so, or its length is 0', () => {
    for (const text of [response('204 No Content', []), response('200 OK', ['content-length: 0'])]) {
      assert.deepEqual([whole(text).body, whole(text).isReusable], ['', true]);
    }
  });

  it('follows the interim ones', () => {
    const text = response('100 Continue', []) + response('103 Early Hints', ['link: a']);
    assert.equal(whole(text + response('202 Accepted', ['content-length: 2'], '{}')).status, 202);
  });

  it('says itself whether another may follow', () => {
    const isReusable = (text: string) => readResponse(text, false)?.isReusable;
    assert.equal(isReusable(response('200 OK', ['content-length: 0', 'connection: close'])), false);
    assert.equal(isReusable(response('200 OK', ['content-length: 0', 'Connection: Upgrade, Close'])), false);
    assert.equal(isReusable(response('200 OK', ['content-length: 0', 'connection: keep-alive'])), true);
    assert.equal(isReusable(`HTTP/1.0 200 OK${CRLF}content-length: 0${CRLF}${CRLF}`), false);
    assert.throws(() => isReusable(response('200 OK', ['content-length: 1'], 'ab')), /more than one answer/);
  });

  it('has fields by their whole names, in any case, without the white space around', () => {
    const { header } = whole(response('503 No', ['X-Retry-After: 1', 'Retry-After:\t 7 ', 'content-length: 0']));
    assert.deepEqual([header('retry-after'), header('after'), header('x-none')], ['7', undefined, undefined]);
  });

  it('is cut off where it does not end', () => {
    const endless = response('200 OK', ['transfer-encoding: chunked'], `fffff${CRLF}${'a'.repeat(MAX_BODY_BYTES + 1)}`);
    const read = readResponse(endless, false);
    assert.deepEqual([read?.reply.body.length, read?.isReusable], [MAX_BODY_BYTES, false]);
    assert.throws(() => readResponse(`HTTP/1.1 200 OK${CRLF}a: ${'b'.repeat(MAX_BODY_BYTES)}`, false));
    assert.throws(() => readResponse(response('100 Continue', []).repeat(20_000), false), /too long/);
  });

  it('is no HTTP with another first line or with chunks of no length', () => {
    for (const first of ['SSH-2.0-OpenSSH', 'HTTP/2 200', 'HTTP/1.1 600 ', 'HTTP/1.1 20', '']) {
      assert.throws(() => readResponse(`${first}${CRLF}${CRLF}`, false), first);
    }
    assert.throws(() => readResponse(response('200 OK', ['transfer-encoding: chunked'], `no${CRLF}`), false));
  });
});
