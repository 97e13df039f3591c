import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { identify } from '../../../functions/prior-auth/caller.ts';
import { Problem } from '../../../functions/runtime/problem.ts';
import { httpRequest } from '../../fixtures/http-request.ts';

type Claims = Record<string, unknown>;

describe('the caller', () => {
  const CALLERS: [string, Claims, string][] = [
    ['is the client of the token', { client_id: 'clinic', azp: 'other', sub: 'user' }, 'clinic'],
    ['is the authorized party where there is no client_id', { azp: 'portal', sub: 'user' }, 'portal'],
    ['is the subject where there is neither', { sub: 'user' }, 'user'],
  ];
  for (const [what, claims, id] of CALLERS) {
    test(what, () => assert.deepEqual(identify(httpRequest({ claims }), 'local'), { id, readsAll: false }));
  }

  test('without an authorizer is the anonymous one, who reads what is its own', () => {
    assert.deepEqual(identify(httpRequest(), 'local'), { id: 'local', readsAll: false });
  });

  const REFUSED: [string, Claims | undefined, string | undefined][] = [
    ['without claims where nobody is anonymous', undefined, undefined],
    ['of a token that names nobody, also where an anonymous caller is set', {}, 'local'],
    ['of an empty name', { client_id: '' }, 'local'],
    ['of a name that is no text', { client_id: 7, sub: 'user' }, 'local'],
  ];
  for (const [what, claims, anonymous] of REFUSED) {
    test(`${what} is refused with 401`, () => {
      assert.throws(
        () => identify(httpRequest({ claims }), anonymous),
        (error) => error instanceof Problem && error.status === 401,
      );
    });
  }
});

describe('the right to read all', () => {
  const SCOPES: [unknown, boolean][] = [
    ['read-all', true],
    ['prior-auth/read-all', true],
    ['openid prior-auth/submit prior-auth/read-all', true],
    ['https://api.example/read-all billing/read-all', false],
    ['prior-auth/read', false],
    ['not-read-all', false],
    ['prior-auth/read-all-of-it', false],
    ['READ-ALL', false],
    ['', false],
    [undefined, false],
    [['read-all'], false],
  ];
  for (const [scope, readsAll] of SCOPES) {
    test(`${readsAll ? 'is in' : 'is not in'} the scope ${JSON.stringify(scope)}`, () => {
      assert.equal(identify(httpRequest({ claims: { client_id: 'clinic', scope } }), undefined).readsAll, readsAll);
    });
  }
});
