import fc from 'fast-check';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as send } from 'node:http';
import { test } from 'vitest';
import { createRequestReader } from '../../../bench/harness/request-reader.ts';
import { startSink } from '../../../bench/harness/sink.ts';

const CRLF = '\r\n';

function withLength(body: string): string {
  return `POST /v1/traces HTTP/1.1${CRLF}Content-Type: application/json${CRLF}Content-Length: ${body.length}${CRLF}${CRLF}${body}`;
}

function inChunks(body: string): string {
  const half = Math.ceil(body.length / 2);
  const chunks = [body.slice(0, half), body.slice(half)].filter((chunk) => chunk !== '');
  const written = chunks.map((chunk) => `${chunk.length.toString(16)}${CRLF}${chunk}${CRLF}`).join('');
  const head = `POST /v1/traces HTTP/1.1${CRLF}content-type: application/json${CRLF}transfer-encoding: chunked`;
  return `${head}${CRLF}${CRLF}${written}0${CRLF}${CRLF}`;
}

test('requests are read whole and in their order, however their bytes come', () => {
  const bodies = fc.array(fc.tuple(fc.string({ unit: 'binary-ascii' }), fc.boolean()), { maxLength: 5 });
  fc.assert(
    fc.property(bodies, fc.integer({ min: 1, max: 200 }), (given, step) => {
      const bytes = Buffer.from(
        given.map(([body, chunked]) => (chunked ? inChunks : withLength)(body)).join(''),
        'latin1',
      );
      const read = createRequestReader();
      const received = [];
      for (let at = 0; at < bytes.length; at += step) received.push(...read(bytes.subarray(at, at + step)));
      assert.deepEqual(
        received.map(({ path, contentType, body }) => [path, contentType, body.toString('latin1')]),
        given.map(([body]) => ['/v1/traces', 'application/json', body]),
      );
    }),
  );
});

test('the sink answers a client of node:http and counts what it sent', async (t) => {
  const sink = await startSink({ cleanup: (work) => t.onTestFinished(() => void work()) });
  const spans = [{}, {}, {}];
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  for (const headers of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
    const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    const request = send(`${sink.endpoint}/v1/traces`, options).end(body);
    const [response] = (await once(request, 'response')) as [{ statusCode: number; resume(): void }];
    response.resume();
    assert.equal(response.statusCode, 200);
  }
  assert.deepEqual(sink.take(), { spans: 6, exports: 2, bytes: 2 * body.length });
  assert.deepEqual(sink.take(), { spans: 0, exports: 0, bytes: 0 });
});
