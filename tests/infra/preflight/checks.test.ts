/** Each check by itself, for what the command's own test does not meet. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { ask, reach } from '../../../infra/preflight/aws.ts';
import { checkBootstrap } from '../../../infra/preflight/checks/bootstrap.ts';
import { checkBundles } from '../../../infra/preflight/checks/bundles.ts';
import { checkConcurrency } from '../../../infra/preflight/checks/concurrency.ts';
import { checkCredentials } from '../../../infra/preflight/checks/credentials.ts';
import { checkDatabase } from '../../../infra/preflight/checks/database.ts';
import { checkIssuer } from '../../../infra/preflight/checks/issuer.ts';
import { checkRegion } from '../../../infra/preflight/checks/region.ts';
import { checkServiceRoles } from '../../../infra/preflight/checks/service-roles.ts';
import { checkStack } from '../../../infra/preflight/checks/stack.ts';
import type { Demand } from '../../../infra/preflight/demand.ts';
import type { Finding } from '../../../infra/preflight/finding.ts';
import { readSettings } from '../../../infra/settings.ts';
import { freePort } from '../../../local/machine/free-port.ts';
import {
  ACCOUNT,
  accountSettings,
  GOOD,
  logGroups,
  REGION,
  stackIn,
  startAws,
  type Answer,
  type FakeAws,
} from './fake-aws.ts';
import { DISCOVERY, KEYS, startIssuer, type FakeIssuer } from './fake-issuer.ts';

const STACK = 'prior-auth-sandbox';
const DEMAND: Demand = {
  stack: STACK,
  database: { engine: 'aurora-postgresql', version: '18.4', instanceClass: 'db.serverless' },
  bootstrap: { version: 6, parameter: '/cdk-bootstrap/hnb659fds/version' },
};
const SANDBOX = readSettings({ stage: 'sandbox' });
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
/** Far more than an answer takes that comes at all. */
const LIMIT_MS = 20_000;

let fake: FakeAws;
let issuer: FakeIssuer;
beforeAll(async () => {
  [fake, issuer] = await Promise.all([startAws(), startIssuer('http')]);
  process.env['AWS_ENDPOINT_URL'] = fake.url;
});
beforeEach(() => {
  fake.answers = GOOD;
  fake.asked.length = 0;
  issuer.documents = issuer.good();
});
afterAll(() => {
  fake.close();
  issuer.close();
});

function aws(limitMs = LIMIT_MS) {
  return reach({ profile: undefined, credentials }, REGION, limitMs);
}

/** As the report has it. */
function line(finding: Finding): string {
  return finding.state === 'faulty' ? `${finding.observed} → ${finding.fix}` : `${finding.state}: ${finding.observed}`;
}

/** The checks that ask AWS, with the action that each asks for. */
const ASKING: readonly [string, (limitMs?: number) => Promise<Finding>][] = [
  ['sts:GetCallerIdentity', async (limitMs) => (await checkCredentials(aws(limitMs))).finding],
  ['iam:GetRole', (limitMs) => checkServiceRoles(aws(limitMs), SANDBOX)],
  ['ssm:GetParameter', (limitMs) => checkBootstrap(aws(limitMs), ACCOUNT, DEMAND)],
  ['rds:DescribeOrderableDBInstanceOptions', (limitMs) => checkDatabase(aws(limitMs), DEMAND)],
  ['lambda:GetAccountSettings', (limitMs) => checkConcurrency(aws(limitMs), SANDBOX)],
  ['cloudformation:DescribeStacks', (limitMs) => checkStack(aws(limitMs), STACK)],
];

function answering(answer: Answer): void {
  fake.answers = Object.fromEntries(Object.keys(GOOD).map((action) => [action, answer]));
}

describe('whatever AWS is asked', () => {
  it('may be denied, which names the permission that is missing', async () => {
    for (const error of ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation']) {
      answering({ error, status: 403 });
      for (const [action, check] of ASKING) {
        const fix = `Allow ${action} to this identity, or use one that may deploy.`;
        assert.equal(line(await check()), `may not be read: ${action} is denied → ${fix}`);
      }
    }
  });

  it('may stay without an answer, and is waited for no longer than the limit', async () => {
    answering('silent');
    for (const [action, check] of ASKING) {
      const service = action.split(':')[0];
      assert.match(
        line(await check(200)),
        new RegExp(`^no answer from ${service} in ${REGION} in 0.2 s → Check the way`),
      );
    }
  });

  it('may be out of reach, and is tried twice', async () => {
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:9';
    try {
      for (const [action, check] of ASKING) {
        const service = action.split(':')[0];
        assert.match(
          line(await check()),
          new RegExp(`^${service} in ${REGION} cannot be reached \\(ECONNREFUSED\\) → Check`),
        );
      }
    } finally {
      process.env['AWS_ENDPOINT_URL'] = fake.url;
    }
    answering({ error: 'InternalFailure', status: 500 });
    assert.match(
      line(await checkStack(aws(), STACK)),
      /^cloudformation:DescribeStacks failed: InternalFailure \(HTTP 500\) → /,
    );
    assert.equal(fake.asked.length, 2);
  });

  it('may end before AWS is asked at all: a login that hangs', async () => {
    await assert.rejects(
      ask('sts:GetCallerIdentity', aws(10), () => new Promise(() => {})),
      { name: 'TimeoutError' },
    );
  });
});

describe('credentials', () => {
  it('are told apart: wrong ones, expired ones', async () => {
    for (const [error, expected] of [
      ['InvalidClientTokenId', /^AWS does not know them \(InvalidClientTokenId\) → Keys are mistyped/],
      ['SignatureDoesNotMatch', /^AWS does not know them/],
      ['ExpiredTokenException', /^expired \(ExpiredTokenException\) → Log in again/],
    ] as const) {
      answering({ error, status: 403 });
      const { finding, account } = await checkCredentials(aws());
      assert.match(line(finding), expected);
      assert.equal(account, undefined);
    }
  });
});

describe('the region', () => {
  it('must be one whose databases the functions can trust', async () => {
    const place = { profile: undefined, credentials: undefined, region: { name: 'eu-centrl-1', source: 'AWS_REGION' } };
    const { finding, region } = await checkRegion(place);
    assert.match(
      line(finding),
      /^eu-centrl-1 \(AWS_REGION\): no certificate authority of Amazon RDS is known for it → Is it/,
    );
    assert.equal(region, 'eu-centrl-1');
  });
});

describe('the roles of services', () => {
  const judge = async (context: Record<string, string> = {}) =>
    line(await checkServiceRoles(aws(), readSettings({ stage: 'sandbox', ...context })));

  it('must be there before what makes them in passing, that of ECS where a task runs', async () => {
    fake.answers = { ...GOOD, GetRole: { error: 'NoSuchEntity', status: 404 } };
    const commandOf = (name: string) => `aws iam create-service-linked-role --aws-service-name ${name}.amazonaws.com`;
    const faultOf = (names: string) => `${names} not made yet: what makes it while deploying is often too fast for it`;
    assert.equal(
      await judge(),
      `${faultOf('AWSServiceRoleForRDS and AWSServiceRoleForECS')} → ${commandOf('rds')} && ${commandOf('ecs')}`,
    );
    assert.equal(await judge({ otlp: 'off' }), `${faultOf('AWSServiceRoleForRDS')} → ${commandOf('rds')}`);
    fake.answers = GOOD;
    fake.asked.length = 0;
    assert.equal(await judge({ otlp: 'https://otlp.example.com' }), 'passed: AWSServiceRoleForRDS');
    assert.deepEqual(
      fake.asked.map(({ body }) => new URLSearchParams(body).get('RoleName')),
      ['AWSServiceRoleForRDS'],
    );
  });
});

describe('the bootstrap stack', () => {
  it('must be as new as the manifest asks', async () => {
    const versions = { '5': false, '6': true, '30': true, x: false };
    for (const [Value, isEnough] of Object.entries(versions)) {
      fake.answers = { ...GOOD, GetParameter: { result: { Parameter: { Value } } } };
      const finding = await checkBootstrap(aws(), ACCOUNT, DEMAND);
      const fix = `npx cdk bootstrap aws://${ACCOUNT}/${REGION}`;
      assert.equal(
        line(finding),
        isEnough ? `passed: version ${Value}; 6 is needed` : `version ${Value} is too old; 6 is needed → ${fix}`,
      );
    }
    assert.ok(fake.asked.every(({ body }) => body === '{"Name":"/cdk-bootstrap/hnb659fds/version"}'));
  });
});

describe('the database', () => {
  it('is asked for as it would be ordered, and RDS may also not know its version', async () => {
    fake.answers = {
      ...GOOD,
      DescribeOrderableDBInstanceOptions: { error: 'InvalidParameterCombination' },
      DescribeDBEngineVersions: { result: '' },
    };
    assert.match(
      line(await checkDatabase(aws(), DEMAND)),
      /^eu-central-1 does not offer .*; here are none of that major\.$/,
    );
    const [order, list] = fake.asked.map(({ body }) => new URLSearchParams(body));
    const { engine, version, instanceClass } = DEMAND.database;
    assert.deepEqual(
      ['Engine', 'EngineVersion', 'DBInstanceClass'].map((name) => order?.get(name)),
      [engine, version, instanceClass],
    );
    assert.equal(list?.get('Engine'), engine);
  });
});

describe('concurrency', () => {
  async function judge(quota: number, free: number, context: Record<string, string> = {}): Promise<string> {
    fake.answers = { ...fake.answers, GetAccountSettings: accountSettings(quota, free) };
    return line(await checkConcurrency(aws(), readSettings({ stage: 'sandbox', ...context })));
  }

  it('must leave a hundred to everything else', async () => {
    assert.equal(await judge(150, 150), 'passed: 50 can be reserved, 100 stay for everything else');
    assert.deepEqual(
      fake.asked.map(({ action }) => action),
      ['GetAccountSettings'],
    );
    assert.match(
      await judge(149, 149),
      /^50 cannot be reserved: of the account’s 149 are 149 free, and Lambda keeps 100 /,
    );
  });

  it('can be less, none in a sandbox, or more when AWS allows it', async () => {
    assert.match(await judge(112, 112), / → --context concurrency=12; or --context concurrency=none; or more for /);
    assert.match(
      await judge(111, 111),
      / → --context concurrency=none; or more .* --desired-value 1000 --region eu-central-1$/,
    );
    const production = { stage: 'production', 'max-capacity': '64', concurrency: '2000' };
    assert.match(
      await judge(1500, 1400, production),
      / → --context concurrency=1300; or more .* --desired-value 2200 /,
    );
  });

  it('is no question where nothing is reserved', async () => {
    assert.equal(
      await judge(10, 10, { concurrency: 'none' }),
      'passed: nothing is reserved; all share the 10 of the account',
    );
  });

  it('counts what an earlier deployment of the stage has reserved already', async () => {
    fake.answers = { ...GOOD, GetFunctionConcurrency: { result: { ReservedConcurrentExecutions: 7 } } };
    assert.equal(await judge(150, 101), 'passed: 50 can be reserved, 100 stay for everything else');
    const names = ['bridge', 'health', 'metrics', 'migrate', 'reconcile', 'status', 'submit'];
    const urls = fake.asked.filter(({ action }) => action === 'GetFunctionConcurrency').map(({ url }) => url);
    assert.deepEqual(
      urls.sort(),
      names.map((name) => `/2019-09-30/functions/prior-auth-sandbox-${name}/concurrency`),
    );
    fake.answers = { ...GOOD, GetFunctionConcurrency: { result: { ReservedConcurrentExecutions: 1 } } };
    assert.match(
      await judge(140, 113),
      /^50 cannot .* of the account’s 140 are 120 free, .* → --context concurrency=20; /,
    );
    fake.answers = { ...GOOD, GetFunctionConcurrency: { error: 'AccessDeniedException', status: 403 } };
    assert.match(await judge(140, 140), /^may not be read: lambda:GetFunctionConcurrency is denied/);
  });
});

describe('the stack', () => {
  async function judge(status: string, isProtected = false): Promise<string> {
    fake.answers = { ...GOOD, DescribeStacks: stackIn(status, isProtected) };
    return line(await checkStack(aws(), STACK));
  }

  it('may be there, and be good to deploy to', async () => {
    for (const status of ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'REVIEW_IN_PROGRESS']) {
      assert.equal(await judge(status), `passed: ${STACK} is ${status}`);
    }
  });

  it('may be left by an attempt that failed, with a command that gets it out of that', async () => {
    const target = `--stack-name ${STACK} --region ${REGION}`;
    for (const [status, command] of Object.entries({
      ROLLBACK_COMPLETE: 'delete-stack',
      ROLLBACK_FAILED: 'delete-stack',
      CREATE_FAILED: 'delete-stack',
      DELETE_FAILED: 'delete-stack',
      UPDATE_FAILED: 'rollback-stack',
      UPDATE_ROLLBACK_FAILED: 'continue-update-rollback',
    })) {
      const events = `Its events say why: aws cloudformation describe-stack-events ${target}`;
      const fix = `${events}; then aws cloudformation ${command} ${target}`;
      assert.equal(await judge(status), `${STACK} is ${status}: an earlier deployment failed → ${fix}`);
    }
    assert.match(
      await judge('ROLLBACK_COMPLETE', true),
      /; then aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name prior-auth-sandbox --region eu-central-1 && aws cloudformation delete-stack /,
    );
    assert.doesNotMatch(await judge('UPDATE_ROLLBACK_FAILED', true), /update-termination-protection/);
  });

  it('may be gone and have left log groups, whose names it would need again', async () => {
    const left = ['/prior-auth-sandbox/submit', '/aws/ecs/containerinsights/prior-auth-sandbox/performance'];
    fake.answers = { ...GOOD, DescribeLogGroups: logGroups('/aws/lambda/prior-auth-sandbox-other', ...left) };
    assert.match(
      line(await checkStack(aws(), STACK)),
      new RegExp(
        `^${STACK} is not there, but log groups of its names are: ${left.toReversed().join(', ')} → Of production`,
      ),
    );
    assert.equal(fake.asked.at(-1)?.body, '{"logGroupNamePattern":"prior-auth-sandbox"}');
    fake.answers = { ...fake.answers, DescribeStacks: stackIn('CREATE_COMPLETE') };
    assert.equal(line(await checkStack(aws(), STACK)), `passed: ${STACK} is CREATE_COMPLETE`);
    fake.answers = { ...GOOD, DescribeLogGroups: { error: 'AccessDeniedException' } };
    assert.match(line(await checkStack(aws(), STACK)), /^may not be read: logs:DescribeLogGroups is denied/);
  });

  it('may be changing just now', async () => {
    assert.match(
      await judge('UPDATE_IN_PROGRESS'),
      /^prior-auth-sandbox is UPDATE_IN_PROGRESS: it cannot be changed now → Wait/,
    );
  });
});

describe('the issuer', () => {
  const judge = async (url = issuer.url, limitMs = LIMIT_MS) => line(await checkIssuer(url, limitMs));

  it('must be found where API Gateway looks for it', async () => {
    const at = `${issuer.url}${DISCOVERY}`;
    issuer.documents = {};
    assert.match(await judge(), new RegExp(`^${at} answers 404 → Correct --context issuer=`));
    issuer.documents = { [DISCOVERY]: '<html>' };
    assert.match(await judge(), new RegExp(`^${at} is not what an issuer publishes there → `));
    issuer.documents = { [DISCOVERY]: { issuer: issuer.url } };
    assert.match(await judge(), new RegExp(`^${at} is not what an issuer publishes there → `));
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    assert.match(await judge(nowhere), /^http:.* cannot be reached \(ECONNREFUSED\) → /);
    fake.answers = { none: 'silent' };
    assert.match(await judge(fake.url, 100), /cannot be reached \(TimeoutError\) → /);
  });

  it('must call itself by the very name that is given, a slash at its end included', async () => {
    assert.equal(
      await judge(`${issuer.url}/`),
      `${issuer.url}/ calls itself ${issuer.url} → --context issuer=${issuer.url}, letter by letter: a token’s \`iss\` must be equal to it.`,
    );
  });

  it('must publish its keys by https', async () => {
    assert.match(
      await judge(),
      new RegExp(`^its keys are not at an https address: ${issuer.url}${KEYS} → Let the issuer`),
    );
    issuer.documents = { [DISCOVERY]: { issuer: issuer.url, jwks_uri: 'keys' } };
    assert.match(await judge(), /^its keys are not at an https address: keys → /);
  });
});

describe('the bundles', () => {
  it('must be built from the sources as they are', () => {
    const root = mkdtempSync(join(tmpdir(), 'prior-auth-bundles-'));
    try {
      mkdirSync(join(root, 'functions/one'), { recursive: true });
      writeFileSync(join(root, 'functions/one/handler.ts'), '');
      assert.equal(line(checkBundles(root)), 'dist/functions/one is missing, and 1 more → npm run build');
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
