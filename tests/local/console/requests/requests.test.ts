import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'vitest';
import { Requests } from '../../../../local/console/contract.ts';
import { createOwnTraces } from '../../../../local/console/own-traces.ts';
import { requestsRoute } from '../../../../local/console/requests/requests.ts';
import { createTraceStore } from '../../../../local/embedded/traces/store.ts';
import { NOON, read, storedSpan, traceID } from '../../embedded/traces/fixtures.ts';
import { readStrictly, servingRoutes } from '../fixtures.ts';

async function listing(t: TestContext, maxSpans?: number) {
  const store = createTraceStore(maxSpans);
  const ownTraces = createOwnTraces(100);
  const port = await servingRoutes(t, [requestsRoute(store, ownTraces)]);
  const list = (query = '') => readStrictly(Requests, port, `/api/requests${query}`);
  /** Adds a trace of one span each. */
  const arrive = (...numbers: readonly number[]) =>
    store.add(numbers.map((number) => storedSpan({ traceID: traceID(number) })));
  return { port, store, ownTraces, list, arrive };
}

const ids = ({ requests }: Requests) => requests.map((request) => request.traceID);

describe('the list of requests', () => {
  test('of an empty store is empty, and the next to come will be the oldest', async (t) => {
    const { list, arrive } = await listing(t);
    const { run, ...empty } = await list();
    assert.match(run, /^[0-9a-f-]{36}$/);
    assert.deepEqual(empty, { cursor: 0, oldest: 1, requests: [] });
    arrive(1);
    assert.equal((await list()).oldest, 1);
  });

  test('holds every trace in the order of its arrival, whenever it started', async (t) => {
    const { store, list } = await listing(t);
    [3, 1, 2].forEach((second) =>
      store.add([storedSpan({ traceID: traceID(second), startTime: NOON + second * 1e6 })]),
    );
    const listed = await list();
    assert.deepEqual(
      listed.requests.map((request) => [request.traceID, request.arrival]),
      [
        [traceID(3), 1],
        [traceID(1), 2],
        [traceID(2), 3],
      ],
    );
    assert.equal(listed.cursor, 3);
  });

  test('after a cursor holds what arrived or changed since, and a change leaves the arrival as it was', async (t) => {
    const { store, list, arrive } = await listing(t);
    arrive(1, 2, 3);
    const { cursor } = await list();
    assert.deepEqual(ids(await list(`?since=${cursor}`)), []);
    arrive(4);
    store.add([storedSpan({ traceID: traceID(2), operationName: 'late', startTime: NOON - 1e6 })]);
    const next = await list(`?since=${cursor}`);
    assert.deepEqual(
      next.requests.map(({ traceID: id, arrival, spans, name }) => [id, arrival, spans, name]),
      [
        [traceID(2), 2, 2, 'late'],
        [traceID(4), 4, 1, 'database_insert'],
      ],
    );
    assert.equal(next.cursor, 5);
    assert.deepEqual(ids(await list(`?since=${next.cursor}`)), []);
    assert.deepEqual(ids(await list('?since=')), [1, 2, 3, 4].map(traceID));
  });

  test('holds only the latest when no more are asked for, and the cursor of all', async (t) => {
    const { list, arrive } = await listing(t);
    arrive(1, 2, 3);
    const { requests, cursor } = await list('?since=0&latest=2');
    assert.deepEqual(
      requests.map((request) => request.traceID),
      [traceID(2), traceID(3)],
    );
    assert.equal(cursor, 3);
    assert.equal(ids(await list('?latest=9')).length, 3);
  });

  test('is not changed by a span that was stored already', async (t) => {
    const { store, list } = await listing(t);
    const span = storedSpan();
    store.add([span]);
    const { cursor } = await list();
    store.add([span]);
    assert.deepEqual({ ...(await list(`?since=${cursor}`)), run: '' }, { run: '', cursor, oldest: 1, requests: [] });
  });

  test('tells from where on traces are still stored', async (t) => {
    const { list, arrive } = await listing(t, 2);
    arrive(1, 2, 3);
    const { cursor, oldest, requests } = await list();
    assert.deepEqual([cursor, oldest], [3, 2]);
    assert.deepEqual(
      requests.map(({ arrival }) => arrival),
      [2, 3],
    );
  });

  test("does not hold the traces of the console's own reads, which still count as arrived", async (t) => {
    const { store, ownTraces, list, arrive } = await listing(t);
    const [, own = ''] = ownTraces.begin().split('-');
    arrive(1);
    store.add([storedSpan({ traceID: own })]);
    const { cursor, requests } = await list();
    assert.deepEqual([cursor, requests.length], [2, 1]);
  });

  test('goes on without a trace that is a circle', async (t) => {
    const { store, list, arrive } = await listing(t);
    const [a, b] = ['000000000000000a', '000000000000000b'];
    const circular = (spanID: string, parent: string) =>
      storedSpan({ spanID, references: [{ refType: 'CHILD_OF', traceID: traceID(1), spanID: parent }] });
    store.add([circular(a, b), circular(b, a)]);
    arrive(2);
    assert.deepEqual(ids(await list()), [traceID(2)]);
  });

  test('is of another run after a start, whose reader begins anew with any cursor', async (t) => {
    const [first, second] = [await listing(t), await listing(t)];
    first.arrive(1, 2, 3);
    second.arrive(4);
    const { run, cursor } = await first.list();
    const after = await second.list(`?since=${cursor}`);
    assert.notEqual(after.run, run);
    assert.equal((await first.list()).run, run);
    assert.deepEqual([after.cursor, after.requests], [1, []]);
  });

  for (const since of ['M12345', '-1', '1.5', '1e3', '0x10', '9'.repeat(16)]) {
    test(`refuses the cursor ${since} by the name of its parameter`, async (t) => {
      const { port } = await listing(t);
      const { status, errors } = await read(port, `/api/requests?since=${since}`);
      assert.deepEqual(
        [status, errors],
        [400, [{ code: 400, msg: "unable to parse param 'since': a whole number is expected" }]],
      );
    });
  }
});
