import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { identify } from '../../../functions/prior-auth/caller.ts';
import { Problem } from '../../../functions/runtime/problem.ts';
import { httpRequest } from '../../fixtures/http-request.ts';

type Claims = Record<string, unknown>;

describe('the caller', () => {
  const CALLERS: [string, Claims, string][] = [
    ['is the client of the token', { client_id: 'clinic', azp: 'other', sub: 'user' }, 'clinic'],
    ['is the authorized party where there is no client_id', { azp: 'portal', sub: 'user' }, 'portal'],
    ['is the client of Okta', { cid: 'clinic', sub: 'user' }, 'clinic'],
    ['is the client of Entra ID', { appid: 'clinic', sub: 'user' }, 'clinic'],
    ['is cid before appid', { appid: 'other', cid: 'clinic' }, 'clinic'],
    ['is azp before cid', { cid: 'other', azp: 'clinic' }, 'clinic'],
    ['is the subject where there is none of them', { sub: 'user' }, 'user'],
    [
      'may be called in any script, and in as many as 255 characters',
      { client_id: '診'.repeat(255) },
      '診'.repeat(255),
    ],
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
    ['of a blank name', { client_id: ' \u00a0', sub: 'user' }, 'local'],
    ['of a name with a NUL, which PostgreSQL refuses', { client_id: 'a\u0000b', sub: 'user' }, 'local'],
    ['of a name with a line break', { azp: 'a\nb' }, 'local'],
    ['of a name with a lone surrogate, which is no UTF-8', { cid: 'a\ud800' }, 'local'],
    ['of a name of 256 characters', { appid: 'a'.repeat(256) }, 'local'],
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
    [['read-all'], true],
    [['openid', 'prior-auth/read-all'], true],
    [['openid read-all'], false],
    [['evil/read-all', 7, null], false],
    ['[read-all]', true],
    ['[prior-auth/submit prior-auth/read-all]', true],
    ['[evil/read-all prior-auth.evil/read-all]', false],
    ['[read-all', false],
    ['prior-auth.evil/read-all evil/prior-auth/read-all', false],
    ['openid,read-all', false],
    [{ 'read-all': true }, false],
  ];
  for (const [scope, readsAll] of SCOPES) {
    test(`${readsAll ? 'is in' : 'is not in'} the scope ${JSON.stringify(scope)}, by either name of the claim`, () => {
      for (const claims of [{ scope }, { scp: scope }, { scope: 'openid', scp: scope }])
        assert.equal(
          identify(httpRequest({ claims: { client_id: 'clinic', ...claims } }), undefined).readsAll,
          readsAll,
        );
    });
  }
});
