import { Signer } from '@aws-sdk/rds-signer';
import assert from 'node:assert/strict';
import { test, vi } from 'vitest';
import { signRdsToken, type RdsLogin } from '../../../functions/runtime/rds-token.ts';

const AT = Date.UTC(2026, 10, 3, 4, 5, 6, 789);
const LOGIN: RdsLogin = {
  host: 'prior-auth.cluster-c0ffee.eu-central-1.rds.amazonaws.com',
  port: 5432,
  user: 'prior_auth_submit',
  region: 'eu-central-1',
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjE+//ab==',
};

/** What Amazon's own package makes of a login. */
async function official({ host, user, accessKeyId, secretAccessKey, sessionToken, ...rest }: RdsLogin) {
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  vi.useFakeTimers({ toFake: ['Date'], now: AT });
  try {
    return await new Signer({ hostname: host, username: user, credentials, ...rest }).getAuthToken();
  } finally {
    vi.useRealTimers();
  }
}

const LOGINS: [string, Partial<RdsLogin>][] = [
  ['a function’s own credentials', {}],
  ['credentials without a session', { sessionToken: undefined }],
  ['a long session', { sessionToken: 'aZ0+/'.repeat(300) }],
  ['another port and region', { port: 6432, region: 'us-gov-west-1' }],
  ['a user of any characters', { user: "Ä user's (own) ! * ~ name%20&=+/?#@:" }],
];
for (const [what, login] of LOGINS) {
  test(`the token for ${what} is to the byte what Amazon’s own package makes`, async () => {
    assert.equal(signRdsToken({ ...LOGIN, ...login }, new Date(AT)), await official({ ...LOGIN, ...login }));
  });
}

test('a token is of its time to the second, good for 15 minutes, and says nothing of the secret key', () => {
  const token = signRdsToken(LOGIN, new Date(AT));
  const { host, searchParams } = new URL(`https://${token}`);
  assert.equal(host, `${LOGIN.host}:${LOGIN.port}`);
  assert.equal(searchParams.get('X-Amz-Date'), '20261103T040506Z');
  assert.equal(searchParams.get('X-Amz-Expires'), '900');
  assert.doesNotMatch(decodeURIComponent(token), /wJalr/);
});
