/** `npm run preflight` itself, as a process, against an account that is played here. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ACCOUNT, accountSettings, GOOD, REGION, stackIn, startAws, type FakeAws } from './fake-aws.ts';
import { KEYS, startIssuer, type FakeIssuer } from './fake-issuer.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const KEY = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-to-be-seen' };
/** Each loads the CDK and the SDK, one or two processes one after the other. */
const LIMIT = { timeout: 180_000 };

const home = mkdtempSync(join(tmpdir(), 'prior-auth-home-'));
mkdirSync(join(home, '.aws'));
writeFileSync(
  join(home, '.aws/credentials'),
  '[work]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = not-to-be-seen\n',
);
writeFileSync(join(home, '.aws/config'), '[profile work]\nregion = ap-southeast-2\n');
let aws: FakeAws;
let issuer: FakeIssuer;
before(async () => {
  [aws, issuer] = await Promise.all([startAws(), startIssuer()]);
});
beforeEach(() => {
  aws.answers = GOOD;
  aws.asked.length = 0;
  issuer.documents = issuer.good();
});
after(() => {
  aws.close();
  issuer.close();
  rmSync(home, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly lines: string[];
  readonly errors: string;
}

/** Runs the command as npm does, in nothing of this machine's own environment. */
function preflight(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ['-r', './local/machine/require-node.cjs', 'infra/preflight/main.ts', ...args],
    {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL: aws.url,
        NODE_EXTRA_CA_CERTS: issuer.caFile,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ code, lines: output.trimEnd().split('\n'), errors }));
  });
}

/** The line of a check, and its fix where it has one. */
function found({ lines }: Ended, name: string): string {
  const index = lines.findIndex((line) => line.slice(2).startsWith(name));
  const fix = lines[index + 1]?.startsWith('    fix') ? [lines[index + 1]] : [];
  return [lines[index], ...fix].join('\n');
}

describe('npm run preflight', () => {
  it('says in a line for each check that nothing stands in the way, and ends with 0', LIMIT, async () => {
    const ended = await preflight([], { ...KEY, AWS_REGION: REGION });
    assert.deepEqual(ended.lines, [
      '✓ context      stage sandbox',
      '✓ bundles      7 are built from these sources',
      '✓ issuer       a user pool that the stack brings',
      '✓ region       eu-central-1 (AWS_REGION)',
      '✓ credentials  account 123456789012',
      '✓ roles        AWSServiceRoleForRDS and AWSServiceRoleForECS',
      '✓ bootstrap    version 30; 6 is needed',
      '✓ database     aurora-postgresql 18.4 as db.serverless',
      '✓ concurrency  50 can be reserved, 950 stay for everything else',
      '✓ stack        prior-auth-sandbox is not there yet',
      'Nothing that was checked stands in the way of npm run deploy.',
    ]);
    assert.equal(ended.code, 0);
    assert.equal(ended.errors, '');
  });

  it('tells all faults at once, each with what to do, and ends with 1', LIMIT, async () => {
    aws.answers = {
      ...GOOD,
      GetRole: { error: 'NoSuchEntity', status: 404 },
      GetParameter: { error: 'ParameterNotFound' },
      DescribeOrderableDBInstanceOptions: { result: '' },
      GetAccountSettings: accountSettings(10, 10),
      DescribeStacks: stackIn('ROLLBACK_COMPLETE'),
    };
    issuer.documents = { ...issuer.good(), [KEYS]: { keys: [{ kty: 'EC' }, { kty: 'RSA', use: 'enc' }] } };
    const args = ['--context', `issuer=${issuer.url}`, '-c', 'audience=prior-auth', '--region', REGION];
    const ended = await preflight(args, { ...KEY, AWS_REGION: 'us-west-2' });
    assert.equal(ended.code, 1);
    assert.equal(found(ended, 'region'), '✓ region       eu-central-1 (--region)');
    assert.equal(
      found(ended, 'issuer'),
      `✗ issuer       no RSA key for signatures at ${issuer.url}/keys (EC, RSA)\n    fix  API Gateway takes RSA alone: let the issuer sign with RS256.`,
    );
    assert.match(
      found(ended, 'roles'),
      /^✗ roles +AWSServiceRoleForRDS and AWSServiceRoleForECS not made yet: .*\n +fix  aws iam create-service-linked-role /,
    );
    assert.equal(
      found(ended, 'bootstrap'),
      `✗ bootstrap    not done in this account and region: no /cdk-bootstrap/hnb659fds/version\n    fix  npx cdk bootstrap aws://${ACCOUNT}/${REGION}`,
    );
    assert.equal(
      found(ended, 'database'),
      '✗ database     eu-central-1 does not offer aurora-postgresql 18.4 as db.serverless\n    fix  Choose another region, or a version in infra/constructs/database.ts; here are 18.2, 18.3.',
    );
    assert.equal(
      found(ended, 'concurrency'),
      '✗ concurrency  50 cannot be reserved: of the account’s 10 are 10 free, and Lambda keeps 100 of them\n    fix  --context concurrency=none; or more for the account: aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region eu-central-1',
    );
    assert.match(
      found(ended, 'stack'),
      /^✗ stack +prior-auth-sandbox is ROLLBACK_COMPLETE: .*\n +fix .* delete-stack /,
    );
    assert.equal(ended.lines.at(-1), '6 faults in the way of npm run deploy.');
  });

  it('asks nothing more without credentials, and says how to get some', LIMIT, async () => {
    const ended = await preflight([], { AWS_REGION: REGION });
    assert.equal(ended.code, 1);
    assert.match(
      found(ended, 'credentials'),
      /^✗ credentials  none to be had: Could not load .*\n +fix  aws sso login, /,
    );
    for (const name of ['roles', 'bootstrap', 'database', 'concurrency', 'stack']) {
      assert.equal(found(ended, name), `– ${name.padEnd(12)} not checked: needs credentials`);
    }
    assert.equal(ended.lines.at(-1), 'One fault in the way of npm run deploy.');
    assert.deepEqual(aws.asked, []);
  });

  it('says that credentials have expired, and shows neither them nor what AWS says of them', LIMIT, async () => {
    aws.answers = { ...GOOD, GetCallerIdentity: { error: 'ExpiredToken', status: 403 } };
    const ended = await preflight([], { ...KEY, AWS_SESSION_TOKEN: 'old', AWS_REGION: REGION });
    assert.equal(ended.code, 1);
    assert.equal(
      found(ended, 'credentials'),
      '✗ credentials  expired (ExpiredToken)\n    fix  Log in again: aws sso login, or new keys in the environment.',
    );
    const output = ended.lines.join('\n') + ended.errors;
    assert.doesNotMatch(output, /AKID|not-to-be-seen|^ +at /m);
  });

  it('reads context, profile and region as cdk does, and tells what is wrong in them', LIMIT, async () => {
    const named = await preflight(['--profile', 'work', '-c', 'stage=production', '-c', 'concurrency=none']);
    assert.equal(named.code, 1);
    assert.match(
      found(named, 'context'),
      /^✗ context +concurrency must be a number in production: .*\n +fix  Correct it /,
    );
    assert.equal(found(named, 'issuer'), '– issuer       not checked: needs a good context');
    assert.equal(found(named, 'region'), '✓ region       ap-southeast-2 (profile work)');
    assert.equal(found(named, 'credentials'), '✓ credentials  account 123456789012');
    assert.equal(found(named, 'stack'), '– stack        not checked: needs a good context');
    assert.deepEqual(
      aws.asked.map(({ keyId }) => keyId),
      ['AKIDPROFILE'],
    );

    const nowhere = await preflight([], KEY);
    assert.match(
      found(nowhere, 'region'),
      /^✗ region +none is set; cdk would deploy to us-east-1\n +fix  export AWS_REGION=/,
    );
    assert.equal(found(nowhere, 'credentials'), '✓ credentials  account 123456789012');
    assert.equal(found(nowhere, 'stack'), '– stack        not checked: needs a region');
  });

  it('ends with its help', LIMIT, async () => {
    const asked = await preflight(['--help']);
    assert.match(asked.lines[0]!, /^Usage: npm run preflight/);
    assert.equal(asked.code, 0);
    const unknown = await preflight(['--stage', 'sandbox']);
    assert.match(unknown.errors, /^Unknown option '--stage'\. See npm run preflight -- --help\n$/);
    assert.equal(unknown.code, 2);
  });

  it(
    'takes an issuer that is as API Gateway wants it, and keys of the environment before AWS_PROFILE',
    LIMIT,
    async () => {
      const args = ['-c', `issuer=${issuer.url}`, '-c', 'audience=prior-auth'];
      const ended = await preflight(args, { ...KEY, AWS_PROFILE: 'work', AWS_DEFAULT_REGION: REGION });
      assert.equal(found(ended, 'issuer'), `✓ issuer       ${issuer.url}, with 2 of 4 keys for RSA signatures`);
      assert.equal(found(ended, 'region'), '✓ region       eu-central-1 (AWS_DEFAULT_REGION)');
      assert.deepEqual(new Set(aws.asked.map(({ keyId }) => keyId)), new Set([KEY.AWS_ACCESS_KEY_ID]));
      assert.equal(ended.errors, '');
      assert.equal(ended.code, 0);
    },
  );
});
