import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { toGatewayAnswer } from '../../../local/gateway/result.ts';

describe('a function’s result', () => {
  test('is its answer: status, headers, cookies, bytes', () => {
    const result = {
      statusCode: 201,
      headers: { Location: '/x', 'retry-after': 1 },
      cookies: ['a=1', 'b=2'],
      body: 'ä',
    };
    assert.deepEqual(toGatewayAnswer(JSON.stringify(result)), {
      status: 201,
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        location: '/x',
        'retry-after': '1',
        'set-cookie': ['a=1', 'b=2'],
      },
      body: Buffer.from('ä'),
    });
    const binary = { statusCode: 200, body: 'AP8=', isBase64Encoded: true };
    assert.deepEqual(toGatewayAnswer(JSON.stringify(binary))?.body, Buffer.from([0, 255]));
  });

  const UNUSABLE = [
    '',
    'null',
    '[]',
    '"text"',
    '{"errorMessage":"[504] - Lambda timeout.","stackTrace":[]}',
    '{"statusCode":"200"}',
    '{"statusCode":100}',
    '{"statusCode":600}',
    '{"statusCode":200,"body":{}}',
    '{"statusCode":200,"headers":{"a":[]}}',
    'Error: at /home/somebody/file.js',
  ];
  for (const payload of UNUSABLE) {
    test(`that cannot be used is no answer: ${payload}`, () => {
      assert.equal(toGatewayAnswer(payload), undefined);
    });
  }

  test('is no answer when it is larger than Lambda takes', () => {
    const body = 'x'.repeat(6 * 1024 * 1024);
    assert.equal(toGatewayAnswer(JSON.stringify({ statusCode: 200, body })), undefined);
  });
});
