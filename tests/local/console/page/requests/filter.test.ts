import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import {
  isFaulty,
  readFilter,
  toPredicate,
  writeFilter,
  type Filter,
} from '../../../../../local/console/page/requests/filter.ts';
import { summary } from './fixtures.ts';

const ALL: Filter = { route: '', status: '', min: '', id: '' };

function fits(filter: Partial<Filter>, request: Parameters<typeof summary>[1] = {}): boolean {
  return toPredicate({ ...ALL, ...filter })(summary(1, request));
}

describe('the filter of the list', () => {
  it('shows everything when nothing is asked for', () => {
    assert.equal(fits({}), true);
  });

  it('asks for a route by its whole name', () => {
    assert.equal(fits({ route: 'POST /prior-auth/submit' }), true);
    assert.equal(fits({ route: 'POST' }), false);
  });

  it('asks for a status, for a class of statuses, or for what failed', () => {
    assert.equal(fits({ status: '201' }), true);
    assert.equal(fits({ status: '201' }, { status: 200 }), false);
    assert.equal(fits({ status: '4xx' }, { status: 422 }), true);
    assert.equal(fits({ status: '4xx' }, { status: 500 }), false);
    assert.equal(fits({ status: '2xx' }, { status: null }), false);
    assert.equal(fits({ status: 'error' }, { error: true }), true);
    assert.equal(fits({ status: 'error' }, { error: false }), false);
  });

  it('asks for a least duration, and says when it cannot be read', () => {
    assert.equal(fits({ min: '5ms' }, { duration: 5000 }), true);
    assert.equal(fits({ min: ' 5ms ' }, { duration: 4999 }), false);
    assert.equal(isFaulty({ ...ALL, min: '5 parsecs' }), true);
    assert.equal(isFaulty({ ...ALL, min: ' 5ms ' }), false);
    assert.equal(isFaulty(ALL), false);
    assert.equal(fits({ min: '5 parsecs' }), true);
  });

  it('asks for a part of a trace id or of a request id, in either case', () => {
    assert.equal(fits({ id: 'AAAA' }), true);
    assert.equal(fits({ id: ' pa-00001 ' }), true);
    assert.equal(fits({ id: 'PA-00002' }), false);
    assert.equal(fits({ id: 'PA-' }, { requestIDs: [] }), false);
  });

  it('finds each of the requests that were joined in one trace', () => {
    assert.equal(fits({ id: 'PA-00007' }, { requestIDs: ['PA-00001', 'PA-00007'] }), true);
  });

  it('wants everything at once that is asked for', () => {
    assert.equal(fits({ status: '201', min: '1s' }), false);
    assert.equal(fits({ status: '201', min: '1ms', id: 'PA', route: 'POST /prior-auth/submit' }), true);
  });

  it('is what the address says, there and back', () => {
    const text = fc.string();
    fc.assert(
      fc.property(fc.record({ route: text, status: text, min: text, id: text }), (filter) => {
        assert.deepEqual(readFilter(new URLSearchParams(writeFilter(filter))), { ...filter });
      }),
    );
    assert.equal(writeFilter(ALL), '');
  });
});
