import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { describe, test, type TestContext } from 'node:test';
import { auditRoute } from '../../../local/console/audit.ts';
import { AuditTrail, Requests } from '../../../local/console/contract.ts';
import { createOwnTraces, type OwnTraces } from '../../../local/console/own-traces.ts';
import { consoleRoutes } from '../../../local/console/routes.ts';
import { createHistory } from '../../../local/console/scrapes/history.ts';
import { freePort } from '../../../local/machine/free-port.ts';
import { createTraceStore } from '../../../local/embedded/traces/store.ts';
import { read, send, storedSpan, traceID } from '../embedded/traces/fixtures.ts';
import { readStrictly, serving, servingRoutes } from './fixtures.ts';

const BODY = {
  id: 1,
  request_id: 'PA-00001',
  member_id: 'M-CANARY',
  provider_npi: '1234567890',
  diagnosis_code: 'Z99.CANARY',
  requested_service: 'SERVICE-CANARY',
  status: 'pending',
  created_at: '2026-11-22T12:00:00.000Z',
};

const TRAIL = ['request_received', 'npi_validated', 'request_submitted'].map((event, index) => ({
  event,
  actor: 'local',
  details: { idempotency_key: false, check_digit: 'invalid', status: `pending ${index}` },
  trace_id: traceID(1),
  span_id: `00000000000000a${index}`,
  at: `2026-11-22T12:00:00.00${index}Z`,
  hash: 'ab'.repeat(32),
}));

/** An answer that comes is waited for, however busy the machine is. */
const PATIENT_MS = 20_000;

const SAID = {
  400: "unable to parse param 'request_id': PA- and at least five digits are expected",
  404: 'no such request',
  503: 'the audit trail cannot be read: the API did not answer with it',
};

function answering(status: number, body: unknown): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** An API whose trail is at another address than asked for. */
const redirecting: RequestListener = (request, response) => {
  if (request.url === '/elsewhere') answering(200, { ...BODY, audit: TRAIL })(request, response);
  else response.writeHead(302, { location: '/elsewhere' }).end();
};

/** The route before an API that answers as `api` does. */
async function auditing(
  t: TestContext,
  api: RequestListener,
  { ownTraces = createOwnTraces(100), timeoutMs = PATIENT_MS } = {},
) {
  const asked: { method: string | undefined; url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  const apiPort = await serving(t, (request, response) => {
    asked.push({ method: request.method, url: request.url, headers: request.headers });
    api(request, response);
  });
  const route = auditRoute(`http://127.0.0.1:${apiPort}`, ownTraces, timeoutMs);
  return { asked, port: await servingRoutes(t, [route]) };
}

async function assertRefused(port: number, path: string, status: keyof typeof SAID): Promise<void> {
  const { status: answered, data, errors } = await read(port, path);
  assert.deepEqual([answered, data, errors], [status, null, [{ code: status, msg: SAID[status] }]]);
}

describe('the audit trail in the console', () => {
  test('is the one that the API gives back, in its order', async (t) => {
    const { asked, port } = await auditing(t, answering(200, { ...BODY, audit: TRAIL }));
    assert.deepEqual(await readStrictly(AuditTrail, port, '/api/requests/PA-00001/audit'), TRAIL);
    assert.deepEqual(
      asked.map(({ method, url }) => [method, url]),
      [['GET', '/prior-auth/PA-00001']],
    );
  });

  test('holds nothing of the body, though the API added it to a row or its details', async (t) => {
    const { member_id, provider_npi, diagnosis_code, requested_service } = BODY;
    const fields = { member_id, provider_npi, diagnosis_code, requested_service };
    const others = { previous_member_id: 'M-CANARY', note: 'diagnosis Z99.CANARY' };
    const rows = TRAIL.map((row) => ({
      ...row,
      ...fields,
      body: BODY,
      details: { ...row.details, ...fields, ...others },
    }));
    const { port } = await auditing(t, answering(200, { ...BODY, audit: rows }));
    const { status, body } = await send(port, '/api/requests/PA-00001/audit');
    assert.equal(status, 200);
    assert.doesNotMatch(body.toString(), /CANARY|1234567890/);
    assert.deepEqual(await readStrictly(AuditTrail, port, '/api/requests/PA-00001/audit'), TRAIL);
  });

  test("is read in a sampled trace that is known as the console's own before the API is asked", async (t) => {
    const known: boolean[] = [];
    const ownTraces: OwnTraces = createOwnTraces(100);
    const { asked, port } = await auditing(
      t,
      (request, response) => {
        const [, id = ''] = String(request.headers['traceparent']).split('-');
        known.push(ownTraces.has(id));
        answering(200, { ...BODY, audit: [] })(request, response);
      },
      { ownTraces },
    );
    for (let n = 0; n < 2; n++) await readStrictly(AuditTrail, port, '/api/requests/PA-00001/audit');
    const [first, second] = asked.map(({ headers }) => headers['traceparent']);
    for (const traceparent of [first, second]) {
      assert.match(String(traceparent), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    }
    assert.notEqual(first, second);
    assert.deepEqual(known, [true, true]);
  });

  test('of a request that the API does not know is answered 404, without what the API says of it', async (t) => {
    const { port } = await auditing(t, answering(404, { title: 'Not Found', detail: 'There is no PA-00009.' }));
    await assertRefused(port, '/api/requests/PA-00009/audit', 404);
  });

  const UNUSABLE: [string, RequestListener][] = [
    ['that it is unavailable', answering(503, { title: 'Service Unavailable', detail: 'M-CANARY' })],
    ['a failure, though with a trail', answering(500, { ...BODY, audit: TRAIL })],
    ['no JSON', answering(200, '<html>M-CANARY</html>')],
    ['no trail', answering(200, BODY)],
    [
      'a trail of another shape',
      answering(200, { ...BODY, audit: TRAIL.map((row) => ({ ...row, details: { a: { b: 1 } } })) }),
    ],
    ['that it is elsewhere', redirecting],
    ['half of it', (request) => request.socket.destroy()],
    ['nothing', () => undefined],
    ['without an end', (_request, response) => response.write('{"audit":[')],
  ];
  for (const [what, api] of UNUSABLE) {
    test(`is unavailable when the API answers ${what}`, async (t) => {
      const { port } = await auditing(t, api, { timeoutMs: 200 });
      await assertRefused(port, '/api/requests/PA-00001/audit', 503);
    });
  }

  test('is unavailable when no API listens', async (t) => {
    const route = auditRoute(`http://127.0.0.1:${await freePort()}`, createOwnTraces(100));
    await assertRefused(await servingRoutes(t, [route]), '/api/requests/PA-00001/audit', 503);
  });

  for (const id of ['PA-1234', `PA-${'1'.repeat(17)}`, 'PA-00001%0A', 'PA-00001%2F..', 'pa-00001', 'M12345', '..']) {
    test(`is not asked of the API for ${id}`, async (t) => {
      const { asked, port } = await auditing(t, answering(200, { ...BODY, audit: TRAIL }));
      await assertRefused(port, `/api/requests/${id}/audit`, 400);
      assert.deepEqual(asked, []);
    });
  }

  test('of PA-100000 is found too', async (t) => {
    const { asked, port } = await auditing(t, answering(200, { ...BODY, audit: [] }));
    assert.deepEqual(await readStrictly(AuditTrail, port, '/api/requests/PA-100000/audit'), []);
    assert.equal(asked[0]?.url, '/prior-auth/PA-100000');
  });
});

test('looking at the audit trail of a request puts no line into the list of requests', async (t) => {
  const store = createTraceStore();
  const arrived = Promise.withResolvers<string>();
  const apiPort = await serving(t, (request, response) => {
    const [, id = ''] = String(request.headers['traceparent']).split('-');
    // The trace may be there before the answer is.
    store.add([storedSpan({ traceID: id, operationName: 'GET /prior-auth/{request_id}' })]);
    arrived.resolve(id);
    answering(200, { ...BODY, audit: TRAIL })(request, response);
  });
  store.add([storedSpan({ traceID: traceID(1) })]);
  const routes = consoleRoutes({ store, api: `http://127.0.0.1:${apiPort}`, history: createHistory() });
  const port = await servingRoutes(t, routes);
  await readStrictly(AuditTrail, port, '/api/requests/PA-00001/audit');
  assert.ok(store.trace(await arrived.promise));
  const { requests } = await readStrictly(Requests, port, '/api/requests');
  assert.deepEqual(
    requests.map((request) => request.traceID),
    [traceID(1)],
  );
});
