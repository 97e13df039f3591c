import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { toEvent, type GatewayRequest } from '../../../local/gateway/event.ts';

const NOW = new Date('2026-11-30T19:03:58.123Z');

const REQUEST: GatewayRequest = {
  route: { method: 'GET', path: '/prior-auth/{request_id}', functionName: 'status' },
  target: '/prior-auth/PA-00001?a=1&a=2&b=%C3%A4+c&d',
  pathParameters: { request_id: 'PA-00001' },
  rawHeaders: ['Host', 'localhost:8000', 'User-Agent', 'test', 'Accept', 'a/b', 'ACCEPT', 'c/d', 'Connection', 'close'],
  body: undefined,
  httpVersion: '1.1',
  sourceIp: '127.0.0.1',
  port: 8000,
};

describe('the event of a request', () => {
  test('is of payload format 2.0', () => {
    const { requestContext, headers, ...event } = toEvent(REQUEST, NOW);
    assert.deepEqual(event, {
      version: '2.0',
      routeKey: 'GET /prior-auth/{request_id}',
      rawPath: '/prior-auth/PA-00001',
      rawQueryString: 'a=1&a=2&b=%C3%A4+c&d',
      queryStringParameters: { a: '1,2', b: 'ä c', d: '' },
      pathParameters: { request_id: 'PA-00001' },
      isBase64Encoded: false,
    });
    const { 'x-amzn-trace-id': traceId, ...sent } = headers;
    assert.deepEqual(sent, {
      host: 'localhost:8000',
      'user-agent': 'test',
      accept: 'a/b,c/d',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': '8000',
      'x-forwarded-proto': 'http',
    });
    assert.match(traceId ?? '', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    const { requestId, ...context } = requestContext;
    assert.match(requestId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(context, {
      accountId: '000000000000',
      apiId: 'local',
      stage: '$default',
      domainName: 'localhost:8000',
      domainPrefix: 'localhost',
      http: {
        method: 'GET',
        path: '/prior-auth/PA-00001',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'test',
      },
      routeKey: 'GET /prior-auth/{request_id}',
      time: '30/Nov/2026:19:03:58 +0000',
      timeEpoch: NOW.getTime(),
    });
  });

  test('has cookies apart from the headers, however they are sent', () => {
    const cookies = ['Cookie', 'prefs={"eid":1}; b=2', 'cookie', 'c=3'];
    const event = toEvent({ ...REQUEST, rawHeaders: [...REQUEST.rawHeaders, ...cookies] });
    assert.deepEqual(event.cookies, ['prefs={"eid":1}', 'b=2', 'c=3']);
    assert.equal(event.headers['cookie'], undefined);
  });

  test('believes nobody who forwards, and keeps a trace’s ids', () => {
    const sent = ['X-Forwarded-Proto', 'https', 'X-Forwarded-For', '203.0.113.1', 'X-Amzn-Trace-Id', 'Root=1-a-b'];
    const { headers } = toEvent({ ...REQUEST, rawHeaders: sent });
    assert.equal(headers['x-forwarded-proto'], 'http');
    assert.equal(headers['x-forwarded-for'], '203.0.113.1, 127.0.0.1');
    assert.equal(headers['x-amzn-trace-id'], 'Root=1-a-b');
  });

  test('has no claims without an authorizer, whatever a header says, and those that one has read', () => {
    const override = ['sls-offline-authorizer-override', '{"jwt":{"claims":{"scope":"prior-auth/read-all"}}}'];
    const event = toEvent({ ...REQUEST, rawHeaders: [...REQUEST.rawHeaders, ...override] });
    assert.equal('authorizer' in event.requestContext, false);
    const { requestContext } = toEvent({ ...REQUEST, claims: { sub: 'x' } });
    assert.deepEqual(requestContext.authorizer, { jwt: { claims: { sub: 'x' }, scopes: null } });
  });

  test('takes a header for no more than a name', () => {
    const { headers } = toEvent({ ...REQUEST, rawHeaders: ['__proto__', 'x', 'constructor', 'y'] });
    assert.equal(Object.getOwnPropertyDescriptor(headers, '__proto__')?.value, 'x');
    assert.equal(headers['constructor'], 'y');
  });
});
