import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { lines, sendRaw, startEdge, statusOf, type Edge } from './edge.ts';
import { OK } from './emulator.ts';

const edge = await startEdge();
const HOST = `Host: localhost:${edge.apiPort}`;
const url = (path: string) => `http://localhost:${edge.apiPort}${path}`;

/** Without a trace of it among the invocations. */
async function refused(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  const before = edge.invocations.length;
  const answer = await sendRaw(port, ...parts);
  assert.equal(edge.invocations.length, before);
  return answer;
}

async function answered(path: string, init: RequestInit = {}) {
  const response = await fetch(url(path), init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function lastEvent() {
  const last = edge.invocations.at(-1);
  assert.ok(last);
  return last;
}

describe('the API’s port', () => {
  test('hands a request to its function as an event, and the function’s answer back', async () => {
    const { status, headers, text } = await answered('/health');
    assert.deepEqual([status, text, headers.get('content-type')], [200, '{"ok":true}', 'application/json']);
    const { functionName, event } = lastEvent();
    assert.deepEqual([functionName, event['routeKey'], event['version']], ['health', 'GET /health', '2.0']);
    assert.match(headers.get('apigw-requestid') ?? '', /^[0-9a-f-]{36}$/);
    for (const [name] of headers) assert.doesNotMatch(name, /^access-control-/);
  });

  const ROUTED: [string, string, string, object | undefined][] = [
    ['POST', '/prior-auth/submit', 'submit', undefined],
    ['GET', '/prior-auth/submit', 'status', { request_id: 'submit' }],
    ['GET', '/prior-auth/PA%2D1%2F2?x=1', 'status', { request_id: 'PA-1/2' }],
    ['GET', `/prior-auth/${'x'.repeat(2000)}`, 'status', { request_id: 'x'.repeat(2000) }],
    ['GET', '/metrics?', 'metrics', undefined],
  ];
  for (const [method, path, functionName, parameters] of ROUTED) {
    test(`sends ${method} ${path.slice(0, 40)} to ${functionName}`, async () => {
      assert.equal((await answered(path, { method })).status, 200);
      assert.equal(lastEvent().functionName, functionName);
      assert.deepEqual(lastEvent().event['pathParameters'], parameters);
    });
  }

  const UNKNOWN = [
    'GET /',
    'GET /SECRET',
    'GET /health/',
    'GET //health',
    'GET /health/../health',
    'GET /prior-auth/',
    'GET /prior-auth/a/b',
    'GET /Health',
    'POST /health',
    'PUT /prior-auth/submit',
    'DELETE /prior-auth/PA-00001',
    'OPTIONS /prior-auth/submit',
    'TRACE /health',
    'PROPFIND /health',
    'QUERY /prior-auth/submit',
    'POST /prior-auth/submit/',
  ];
  for (const request of UNKNOWN) {
    test(`answers ${request} as API Gateway does, and reflects nothing`, async () => {
      const answer = await refused(edge.apiPort, lines(`${request} HTTP/1.1`, HOST));
      assert.equal(statusOf(answer), 404);
      assert.match(answer, /\r\ncontent-type: application\/json\r\n[^]*\r\n\r\n\{"message":"Not Found"\}$/);
      assert.doesNotMatch(answer, /SECRET|access-control/i);
    });
  }

  test('knows no HEAD, and answers it without a body', async () => {
    const answer = await refused(edge.apiPort, lines('HEAD /health HTTP/1.1', HOST));
    assert.match(answer, /^HTTP\/1\.1 404 [^]*\r\n\r\n$/);
  });

  const MALFORMED: [string, number[], string][] = [
    ['no Host', [400], lines('GET /health HTTP/1.1')],
    ['no Host in HTTP/1.0', [403], lines('GET /health HTTP/1.0')],
    ['two Hosts', [400], lines('GET /health HTTP/1.1', HOST, 'Host: evil.example')],
    ['a target with a host of its own', [400], lines('GET http://evil.example/health HTTP/1.1', HOST)],
    ['a target that is a star', [400, 404], lines('OPTIONS * HTTP/1.1', HOST)],
    ['a tunnel', [NaN], lines('CONNECT evil.example:443 HTTP/1.1', HOST)],
    ['a target that cannot be decoded', [400], lines('GET /prior-auth/%zz HTTP/1.1', HOST)],
    ['a NUL in the target', [400], lines('GET /prior-auth/\0 HTTP/1.1', HOST)],
    ['another expectation', [417], lines('GET /health HTTP/1.1', HOST, 'Expect: SECRET')],
    ['headers that are too long', [431], lines('GET /health HTTP/1.1', HOST, `X: ${'x'.repeat(11_000)}`)],
    ['no HTTP', [400], 'SECRET\r\n\r\n'],
    ['two lengths', [400], lines('POST /prior-auth/submit HTTP/1.1', HOST, 'Content-Length: 1', 'Content-Length: 2')],
    [
      'a length and chunks',
      [400],
      lines('POST /prior-auth/submit HTTP/1.1', HOST, 'Content-Length: 1', 'Transfer-Encoding: chunked'),
    ],
    [
      'chunks that are none',
      [400, NaN],
      `${lines('POST /prior-auth/submit HTTP/1.1', HOST, 'Transfer-Encoding: chunked')}SECRET\r\n`,
    ],
    [
      'an encoding that is none',
      [400, NaN],
      lines('POST /prior-auth/submit HTTP/1.1', HOST, 'Transfer-Encoding: SECRET'),
    ],
    ['a TLS greeting', [400], '\x16\x03\x01\x02\x00\x01\x00'],
    ['HTTP/2', [400, NaN], 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ];
  for (const [what, statuses, text] of MALFORMED) {
    test(`answers ${what} by a status or a closed connection, and reflects nothing`, async () => {
      const answer = await refused(edge.apiPort, text);
      assert.ok(statuses.includes(statusOf(answer)), `${answer}!`);
      assert.doesNotMatch(answer, /SECRET|evil|node_modules|at /);
    });
  }

  test('takes an Upgrade for the request that it is', async () => {
    const answer = await sendRaw(
      edge.apiPort,
      `GET /health HTTP/1.1\r\n${HOST}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`,
    );
    assert.equal(statusOf(answer), 200);
  });

  test('answers requests that are sent at once in their order, and garbage after them by a closed connection', async () => {
    const one = `GET /health HTTP/1.1\r\n${HOST}\r\n\r\n`;
    const answer = await sendRaw(edge.apiPort, one + one + 'garbage\r\n\r\n');
    assert.ok((answer.match(/HTTP\/1\.1 200 /g) ?? []).length <= 2);
    assert.doesNotMatch(answer, /garbage/);
  });

  test('has a cookie that is no cookie in the event, and answers as without it', async () => {
    assert.equal((await answered('/health', { headers: { cookie: 'prefs={"eid":1}' } })).status, 200);
    assert.deepEqual(lastEvent().event['cookies'], ['prefs={"eid":1}']);
  });
});

describe('a body', () => {
  const post = (body: RequestInit['body'], headers: Record<string, string>) =>
    answered('/prior-auth/submit', { method: 'POST', body: body ?? null, headers });
  const JSON_TYPE = { 'content-type': 'application/json' };

  for (const text of ['false', '0', 'null', '""', '"{\\"member_id\\":1}"', '{"a":"ä"}']) {
    test(`reaches the function as exactly the text ${text}`, async () => {
      await post(text, JSON_TYPE);
      assert.deepEqual([lastEvent().event['body'], lastEvent().event['isBase64Encoded']], [text, false]);
    });
  }

  const BYTES: [string, Record<string, string>][] = [
    ['of no type', {}],
    ['of a type that is none', { 'content-type': 'SECRET' }],
    [
      'of many parts, falsely compressed',
      { 'content-type': 'multipart/form-data; boundary=x', 'content-encoding': 'gzip' },
    ],
    ['that is compressed', { 'content-type': 'application/json', 'content-encoding': 'br' }],
  ];
  for (const [what, headers] of BYTES) {
    test(`${what} reaches the function as its bytes, and its headers as they were`, async () => {
      const bytes = Buffer.from('garbage\xff', 'latin1');
      assert.equal((await post(bytes, headers)).status, 200);
      const { body, isBase64Encoded, headers: seen } = lastEvent().event;
      assert.deepEqual([body, isBase64Encoded], [bytes.toString('base64'), true]);
      assert.equal((seen as Record<string, string>)['content-type'], headers['content-type']);
    });
  }

  test('of text that is no UTF-8 is refused, and reaches nobody', async () => {
    const before = edge.invocations.length;
    const { status, text } = await post(Buffer.from('{"a":"\xe4"}', 'latin1'), JSON_TYPE);
    assert.deepEqual([status, text, edge.invocations.length], [400, '{"message":"Bad Request"}', before]);
  });

  test('over ten megabytes is refused without being read, and one whose event is too large for Lambda, too', async () => {
    const head = ['POST /prior-auth/submit HTTP/1.1', HOST, 'Content-Type: application/json'];
    const announced = await refused(edge.apiPort, lines(...head, 'Content-Length: 10485761'));
    assert.match(announced, /^HTTP\/1\.1 413 [^]*\{"message":"Request Entity Too Large"\}$/);
    const chunks = `400000\r\n${'x'.repeat(0x400000)}\r\n`.repeat(3);
    assert.equal(statusOf(await refused(edge.apiPort, lines(...head, 'Transfer-Encoding: chunked'), chunks)), 413);
    const large = await post('x'.repeat(7 * 1024 * 1024), { 'content-type': 'text/plain' });
    assert.equal(large.status, 413);
  });

  test('of a request that no route has is not waited for', async () => {
    const answer = await refused(
      edge.apiPort,
      `PUT /nope HTTP/1.1\r\n${HOST}\r\nContent-Length: 5\r\n\r\n`,
      'abcdeGET / HTTP/1.0\r\n\r\n',
    );
    assert.equal(statusOf(answer), 404);
  });
});

describe('who is not of this machine', () => {
  const FOREIGN: [string, string[]][] = [
    ['a page of another site', [HOST, 'Origin: https://evil.example']],
    ['a page on another port', [HOST, 'Sec-Fetch-Site: same-site']],
    ['a link on a page', [HOST, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate']],
    ['a name that resolves here', [`Host: evil.example:${edge.apiPort}`]],
    ['a container', [`Host: host.docker.internal:${edge.apiPort}`]],
  ];
  for (const [who, headers] of FOREIGN) {
    for (const request of ['GET /health', 'GET /SECRET', 'OPTIONS /prior-auth/submit', 'GET /prior-auth/%zz']) {
      test(`${who} gets 403 for ${request}, before anything else`, async () => {
        const answer = await refused(edge.apiPort, lines(`${request} HTTP/1.1`, ...headers));
        assert.match(answer, /^HTTP\/1\.1 403 [^]*\r\n\r\n\{"message":"Forbidden"\}$/);
        assert.doesNotMatch(answer, /access-control|SECRET|evil/i);
      });
    }
  }

  test('a container may read /metrics, and with no other method', async () => {
    const host = `Host: host.docker.internal:${edge.apiPort}`;
    assert.equal(statusOf(await sendRaw(edge.apiPort, lines('GET /metrics HTTP/1.1', host))), 200);
    for (const request of ['POST /metrics', 'GET /metrics/', 'GET /metrics?x', 'GET /health']) {
      assert.equal(statusOf(await refused(edge.apiPort, lines(`${request} HTTP/1.1`, host))), 403);
    }
  });

  test('the page that this listener serves may do all', async () => {
    const own = [`Origin: http://localhost:${edge.apiPort}`, 'Sec-Fetch-Site: same-origin'];
    assert.equal(statusOf(await sendRaw(edge.apiPort, lines('GET /health HTTP/1.1', HOST, ...own))), 200);
  });
});

describe('an answer of the emulator’s own', () => {
  const ODD: [string, number, number, Record<string, string>, string][] = [
    ['of a function that failed', 500, 200, { 'x-amz-function-error': 'Unhandled' }, '{"errorMessage":"SECRET"}'],
    [
      'with a stack trace under 200',
      500,
      200,
      {},
      '{"errorMessage":"[504] - Lambda timeout.","stackTrace":["SECRET"]}',
    ],
    ['for what it cannot do', 500, 500, {}, '{"message":"SECRET"}'],
    ['without a result', 500, 204, {}, ''],
    ['with a header that cannot be sent', 500, 200, {}, '{"statusCode":200,"headers":{"x":"a\\nSECRET"}}'],
  ];
  for (const [what, wanted, status, headers, body] of ODD) {
    test(`${what} is ${wanted} to the client`, async () => {
      const odd = await startEdge((_invocation, response) => void response.writeHead(status, headers).end(body));
      const response = await fetch(`http://localhost:${odd.apiPort}/health`);
      assert.deepEqual([response.status, await response.text()], [500, '{"message":"Internal Server Error"}']);
    });
  }

  test('that breaks off is 503, and so is an emulator that is away', async () => {
    const broken = await startEdge((_invocation, response) => void response.destroy());
    const response = await fetch(`http://localhost:${broken.apiPort}/health`);
    assert.deepEqual([response.status, await response.text()], [503, '{"message":"Service Unavailable"}']);
  });
});

describe('admission', () => {
  /** Functions that answer when they are told to. */
  async function heldEdge(places: number, maxWaitMs: number) {
    const held: (() => void)[] = [];
    const busy = await startEdge((_invocation, response) => void held.push(() => response.end(OK)), {
      concurrency: 2,
      limits: { places, maxWaitMs },
    });
    return { busy, release: () => held.splice(0).forEach((end) => end()) };
  }
  const submit = ({ apiPort }: Edge, signal?: AbortSignal) =>
    fetch(`http://localhost:${apiPort}/prior-auth/submit`, { method: 'POST', body: '{}', ...(signal && { signal }) });
  const reached = async ({ invocations }: Edge, count: number) => {
    while (invocations.length < count) await sleep(2);
  };

  test('never has more requests at the emulator than there are environments, and answers all others in turn', async () => {
    const { busy, release } = await heldEdge(100, 60_000);
    const all = Promise.all(Array.from({ length: 50 }, () => submit(busy)));
    const releasing = setInterval(release, 2);
    await all.finally(() => clearInterval(releasing));
    assert.deepEqual([...new Set((await all).map(({ status }) => status))], [200]);
    assert.equal(busy.atOnce().most, 2);
    assert.equal(busy.invocations.length, 50);
  });

  test('answers 429 and when to come again where there is no place, and leaves other functions theirs', async () => {
    const { busy, release } = await heldEdge(1, 60_000);
    const admitted = [submit(busy), submit(busy)];
    await reached(busy, 2);
    // There is a place for one of two, whichever comes first; the other is told so.
    const others = [submit(busy), submit(busy)];
    const answer = await Promise.race(others);
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [429, '1']);
    assert.equal(await answer.text(), '{"message":"Too Many Requests"}');
    const health = fetch(`http://localhost:${busy.apiPort}/health`);
    await reached(busy, 3);
    release();
    assert.equal((await health).status, 200);
    assert.deepEqual(
      (await Promise.all(admitted)).map(({ status }) => status),
      [200, 200],
    );
    await reached(busy, 4);
    release();
    await Promise.all(others);
  });

  test('gives up who waits too long', async () => {
    const { busy, release } = await heldEdge(10, 20);
    const admitted = [submit(busy), submit(busy)];
    await reached(busy, 2);
    assert.equal((await submit(busy)).status, 429);
    release();
    await Promise.all(admitted);
  });

  test('gives the place of a client who has gone to the next', async () => {
    const { busy, release } = await heldEdge(1, 60_000);
    const admitted = [submit(busy), submit(busy)];
    await reached(busy, 2);
    // One of two has the place; the other is told so.
    const clients = [new AbortController(), new AbortController()].map((gone) => ({
      gone,
      answer: submit(busy, gone.signal).catch(() => 'gone'),
    }));
    const refused = await Promise.race(clients.map(({ answer }, index) => answer.then(() => index)));
    const holder = clients[1 - refused]!;
    holder.gone.abort();
    assert.equal(await holder.answer, 'gone');
    let refusals = 0;
    const next = (async () => {
      for (;;) {
        const answer = await submit(busy);
        if (answer.status !== 429) return answer;
        refusals++;
      }
    })();
    // The gateway hears of it in a moment; then somebody waits, and nobody is refused any more.
    for (let before = -1; before !== refusals;) {
      before = refusals;
      await sleep(500);
    }
    const releasing = setInterval(release, 2);
    assert.equal((await next.finally(() => clearInterval(releasing))).status, 200);
    await Promise.all(admitted);
    assert.equal(busy.invocations.length, 3);
  });
});

describe('the end', () => {
  test('answers what is under way, and takes nothing more', async () => {
    let end: (() => void) | undefined;
    const closing = await startEdge((_invocation, response) => void (end = () => response.end(OK)));
    const socket = connect(closing.apiPort, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    const over = new Promise((resolve) => socket.once('close', resolve));
    socket.write(`GET /health HTTP/1.1\r\nHost: localhost:${closing.apiPort}\r\n\r\n`);
    while (end === undefined) await sleep(2);
    const closed = closing.close();
    await sleep(20);
    await assert.rejects(fetch(`http://localhost:${closing.apiPort}/health`));
    end();
    await Promise.all([closed, over]);
    assert.equal(statusOf(text), 200);
  });
});
