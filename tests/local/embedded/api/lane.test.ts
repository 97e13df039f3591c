import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { createLane, type Place } from '../../../../local/embedded/api/lane.ts';

const LONG_MS = 60_000;

/** Work that ends when it is told to. */
function heldWork() {
  const { promise, resolve } = Promise.withResolvers<string>();
  let isBegun = false;
  const work = () => {
    isBegun = true;
    return promise;
  };
  return { work, end: () => resolve('done'), isBegun: () => isBegun };
}

function entered(place: Place | undefined): Place {
  assert.ok(place);
  return place;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a lane', () => {
  test('does so much at once, lets so many wait, and has no place for more', async () => {
    const lane = createLane({ slots: 2, places: 1, maxWaitMs: LONG_MS });
    const works = [heldWork(), heldWork(), heldWork()];
    const running = works.map(({ work }) => entered(lane.enter()).run(work));
    await turn();
    assert.deepEqual(
      works.map((one) => one.isBegun()),
      [true, true, false],
    );
    assert.equal(lane.enter(), undefined);
    works[0]!.end();
    assert.equal(await running[0], 'done');
    await turn();
    assert.equal(works[2]!.isBegun(), true);
    assert.ok(lane.enter());
    for (const { end } of works) end();
    assert.deepEqual(await Promise.all(running), ['done', 'done', 'done']);
  });

  test('takes who waits in the order of their arrival', async () => {
    const lane = createLane({ slots: 1, places: 9, maxWaitMs: LONG_MS });
    const order: number[] = [];
    await Promise.all(
      [0, 1, 2, 3].map((n) =>
        entered(lane.enter()).run(() => {
          order.push(n);
          return turn();
        }),
      ),
    );
    assert.deepEqual(order, [0, 1, 2, 3]);
  });

  test('tells who waited too long, and gives the place to others', async () => {
    const lane = createLane({ slots: 1, places: 1, maxWaitMs: 5 });
    const first = heldWork();
    const running = entered(lane.enter()).run(first.work);
    const late = heldWork();
    assert.equal(await entered(lane.enter()).run(late.work), undefined);
    assert.equal(late.isBegun(), false);
    assert.ok(lane.enter());
    first.end();
    await running;
  });

  test('frees the place of who gave up, whether reading or waiting, and keeps that of work under way', async () => {
    const lane = createLane({ slots: 1, places: 1, maxWaitMs: LONG_MS });
    const first = heldWork();
    const running = entered(lane.enter());
    const done = running.run(first.work);
    const reading = entered(lane.enter());
    reading.giveUp();
    assert.equal(await reading.run(() => Promise.resolve('never')), undefined);
    const waiting = entered(lane.enter());
    const waited = waiting.run(() => Promise.resolve('never'));
    waiting.giveUp();
    waiting.giveUp();
    assert.equal(await waited, undefined);
    running.giveUp();
    const next = entered(lane.enter());
    assert.equal(lane.enter(), undefined);
    first.end();
    assert.equal(await done, 'done');
    assert.equal(await next.run(() => Promise.resolve('next')), 'next');
    assert.ok(lane.enter());
    assert.ok(lane.enter());
    assert.equal(lane.enter(), undefined);
  });

  test('goes on after work that fails', async () => {
    const lane = createLane({ slots: 1, places: 0, maxWaitMs: LONG_MS });
    const failing = entered(lane.enter()).run(() => Promise.reject(new Error('failed')));
    await assert.rejects(failing, { message: 'failed' });
    assert.equal(await entered(lane.enter()).run(() => Promise.resolve('next')), 'next');
  });
});
