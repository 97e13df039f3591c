import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { extentOf, placeOf, ticksOf, toRows } from '../../../../../local/console/page/trace/waterfall-rows.ts';
import { buildTree } from '../../../../../local/embedded/traces/tree/tree.ts';
import { SLOW_SUBMIT, span } from '../../../embedded/traces/tree/fixtures.ts';

const roots = buildTree(SLOW_SUBMIT);
const drawn = (folded: string[]) =>
  toRows(roots, new Set(folded)).map(({ node, level }) => `${level} ${node.span.operationName}`);

describe('the rows of a waterfall', () => {
  it('are all spans, parents before their children, a level deeper each', () => {
    assert.deepEqual(drawn([]), [
      '1 POST /prior-auth/submit',
      '2 submit_prior_auth',
      '3 generate_request_id',
      '3 vip_member_slow_query',
      '3 validate_npi',
      '3 database_insert',
    ]);
  });

  it('leave out what is below a folded span', () => {
    assert.deepEqual(drawn(['submit_prior_auth']), ['1 POST /prior-auth/submit', '2 submit_prior_auth']);
  });
});

describe('the time line', () => {
  it('goes from the first start to the last end, of several roots too', () => {
    assert.deepEqual(extentOf(roots), { from: 0, duration: 2_010_000 });
    assert.deepEqual(extentOf(buildTree([span('a', [50, 10]), span('b', [70, 30])])), { from: 50, duration: 50 });
  });

  it('has a length even for a trace of no duration', () => {
    assert.equal(extentOf(buildTree([span('a', [50, 0])])).duration, 1);
  });

  it('places a bar in per cent', () => {
    assert.deepEqual(placeOf({ from: 60, to: 70 }, { from: 50, duration: 40 }), { left: 25, width: 25 });
  });

  it('has a tick at each quarter', () => {
    assert.deepEqual(ticksOf({ from: 50, duration: 40 }), [0, 10, 20, 30, 40]);
  });
});
