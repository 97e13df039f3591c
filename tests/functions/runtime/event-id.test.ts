import assert from 'node:assert/strict';
import { test } from 'vitest';
import { newEventId } from '../../../functions/runtime/event-id.ts';

/** Of RFC 9562, appendix A.6. */
const TIME = Date.parse('2022-02-22T14:22:22-05:00');

test('an event id is a UUID of version 7 that begins with its time', () => {
  assert.match(newEventId(TIME), /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(newEventId(0), /^00000000-0000-7/);
});

test('event ids sort by their times, and two of one time differ', () => {
  const ids = [TIME, TIME + 1, TIME + 65_536, Date.now()].map((time) => newEventId(time));
  assert.deepEqual(ids.toSorted(), ids);
  assert.notEqual(newEventId(TIME), newEventId(TIME));
});
