import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { RequestSummary } from '../../../../../local/console/contract.ts';
import { merge, NOTHING_KNOWN } from '../../../../../local/console/page/requests/known-requests.ts';
import { summary } from './fixtures.ts';

const answer = (cursor: number, requests: RequestSummary[], { run = 'first', oldest = 0 } = {}) => ({
  run,
  cursor,
  oldest,
  requests,
});
const ids = ({ rows }: { rows: readonly RequestSummary[] }) => rows.flatMap(({ requestIDs }) => requestIDs);

describe('the known requests', () => {
  const known = merge(NOTHING_KNOWN, answer(10, [summary(1), summary(2)]));

  it('are in the order of their start, latest first, whatever the order of their arrival', () => {
    assert.deepEqual(ids(known), ['PA-00002', 'PA-00001']);
    const late = summary(3, { startTime: summary(1).startTime - 1 });
    assert.deepEqual(ids(merge(known, answer(15, [late]))), ['PA-00002', 'PA-00001', 'PA-00003']);
  });

  it('take a changed trace in the place of what was known of it', () => {
    const changed = merge(known, answer(11, [summary(1, { duration: 6000 })]));
    assert.deepEqual(ids(changed), ['PA-00002', 'PA-00001']);
    assert.equal(changed.rows[1]?.duration, 6000);
  });

  it('lose what the store has dropped', () => {
    assert.deepEqual(ids(merge(known, answer(10, [], { oldest: 6 }))), ['PA-00002']);
  });

  it('begin anew with another run of the store', () => {
    const anew = merge(known, answer(5, [summary(7)], { run: 'second' }));
    assert.deepEqual(ids(anew), ['PA-00007']);
    assert.equal(anew.run, 'second');
  });

  it('keep their rows as they are when nothing is new, so that nothing is drawn again', () => {
    assert.equal(merge(known, answer(12, [])).rows, known.rows);
    assert.equal(merge(known, answer(12, [])).cursor, 12);
  });
});
