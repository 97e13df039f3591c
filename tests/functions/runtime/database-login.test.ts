import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, test } from 'vitest';
import { createLogin, readLogin } from '../../../functions/runtime/database-login.ts';
import { connect } from '../../../functions/runtime/postgres.ts';
import { databaseSettings, readSettings, SettingsError } from '../../../functions/runtime/settings.ts';
import { makeAuthority } from '../../fixtures/authority.ts';
import { CREDENTIALS, isGoodToken } from '../../fixtures/iam.ts';

const folder = mkdtempSync(join(tmpdir(), 'prior-auth-login-'));
afterAll(() => rmSync(folder, { recursive: true }));
const caFile = write('authority.pem', makeAuthority().cert);

const LOGIN = { DATABASE_URL: 'postgresql://prior_auth_submit@db.example:6543/prior_auth', DATABASE_CA_FILE: caFile };
const IAM = { ...LOGIN, DATABASE_AUTH: 'iam' } as const;

const NAMES = [...Object.keys(CREDENTIALS), ...Object.keys(IAM)];
beforeEach(() => Object.assign(process.env, CREDENTIALS));
afterEach(() => {
  for (const name of NAMES) Reflect.deleteProperty(process.env, name);
});

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe('a login that cannot work is refused at the start, by setting and rule, without a value', () => {
  const REFUSED: [string, Parameters<typeof createLogin>[0], RegExp][] = [
    [
      'a file that is not there',
      { ...LOGIN, DATABASE_CA_FILE: `${caFile}.hidden` },
      /^DATABASE_CA_FILE cannot be read$/,
    ],
    ['a folder', { ...LOGIN, DATABASE_CA_FILE: folder }, /^DATABASE_CA_FILE cannot be read$/],
    [
      'a file of something else',
      { ...LOGIN, DATABASE_CA_FILE: write('hidden.pem', 'hidden') },
      /^DATABASE_CA_FILE must hold certificates in PEM$/,
    ],
    [
      'a token for a server that nobody verifies',
      { DATABASE_URL: IAM.DATABASE_URL, DATABASE_AUTH: 'iam' },
      /^DATABASE_AUTH iam needs a user in DATABASE_URL, and DATABASE_CA_FILE: tokens are for a verified server$/,
    ],
    [
      'a token for nobody',
      { ...IAM, DATABASE_URL: 'postgresql://db.example/prior_auth' },
      /^DATABASE_AUTH iam needs a user in DATABASE_URL, and DATABASE_CA_FILE: tokens are for a verified server$/,
    ],
  ];
  for (const [what, settings, message] of REFUSED) {
    test(what, () => {
      assert.throws(
        () => createLogin(settings),
        (error) => {
          assert.ok(error instanceof SettingsError);
          assert.match(error.message.replace('Invalid settings: ', ''), message);
          assert.doesNotMatch(error.message, /hidden/);
          return true;
        },
      );
    });
  }

  test('a token without credentials', () => {
    for (const name of Object.keys(CREDENTIALS)) process.env[name] = '';
    assert.throws(() => createLogin(IAM), {
      name: 'SettingsError',
      message:
        'Invalid settings: AWS_REGION is not set; AWS_ACCESS_KEY_ID is not set; AWS_SECRET_ACCESS_KEY is not set',
    });
  });

  test('and so is a connection with it', () => {
    const settings = readSettings(databaseSettings, { ...LOGIN, DATABASE_CA_FILE: `${caFile}.hidden` });
    assert.throws(() => connect(settings), SettingsError);
  });
});

describe('the password', () => {
  test('is that of DATABASE_URL, for which no credentials are needed', () => {
    for (const name of Object.keys(CREDENTIALS)) process.env[name] = '';
    assert.equal(createLogin(LOGIN).password, undefined);
    assert.equal(createLogin({ ...LOGIN, DATABASE_AUTH: 'password' }).password, undefined);
  });

  test('is by IAM a token of now for the user, host and port of DATABASE_URL', () => {
    const login = { host: 'db.example', port: 6543, user: 'prior_auth_submit' };
    const token = createLogin(IAM).password?.() ?? '';
    assert.equal(isGoodToken(token, login), true);
    for (const other of [{ host: 'other.example' }, { port: 5432 }, { user: 'prior_auth_status' }])
      assert.equal(isGoodToken(token, { ...login, ...other }), false);
  });

  test('is by IAM for the port of PostgreSQL where DATABASE_URL names none, and for the user as it is named', () => {
    const DATABASE_URL = 'postgresql://prior%20auth@db.example/prior_auth';
    const token = createLogin({ ...IAM, DATABASE_URL }).password?.() ?? '';
    assert.equal(isGoodToken(token, { host: 'db.example', port: 5432, user: 'prior auth' }), true);
  });
});

test('a login can be read from the environment, whatever else is set there', () => {
  Object.assign(process.env, IAM);
  assert.match(readLogin().password?.() ?? '', /^db\.example:6543\//);
  assert.notEqual(readLogin().ssl, undefined);
  process.env['DATABASE_CA_FILE'] = '';
  process.env['DATABASE_AUTH'] = '';
  assert.equal(readLogin().ssl, undefined);
});
