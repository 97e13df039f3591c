/** An account of AWS, as far as the preflight asks about it: for AWS_ENDPOINT_URL. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

/** What is answered to an action; `silent` says nothing, and keeps the connection. */
export type Answer =
  | { readonly result: string | object }
  | { readonly error: string; readonly status?: number; readonly message?: string }
  | 'silent';
export type Answers = Readonly<Record<string, Answer>>;

/** An account in which everything is as it should be. */
export const GOOD: Answers = {
  GetCallerIdentity: { result: `<Account>${ACCOUNT}</Account>` },
  GetRole: { result: roleNamed('AWSServiceRoleForAll') },
  GetParameter: { result: { Parameter: { Name: '/cdk-bootstrap/hnb659fds/version', Value: '30' } } },
  DescribeOrderableDBInstanceOptions: {
    result:
      '<OrderableDBInstanceOptions><OrderableDBInstanceOption><DBInstanceClass>db.serverless</DBInstanceClass></OrderableDBInstanceOption></OrderableDBInstanceOptions>',
  },
  DescribeDBEngineVersions: {
    result: `<DBEngineVersions>${['16.9', '18.2', '18.3']
      .map((version) => `<DBEngineVersion><EngineVersion>${version}</EngineVersion></DBEngineVersion>`)
      .join('')}</DBEngineVersions>`,
  },
  GetAccountSettings: accountSettings(1000, 1000),
  GetFunctionConcurrency: { error: 'ResourceNotFoundException', status: 404 },
  DescribeLogGroups: logGroups('/aws/lambda/prior-auth-sandbox-other', '/prior-auth-sandbox'),
  DescribeStacks: { error: 'ValidationError', message: 'Stack with id prior-auth-sandbox does not exist' },
};

/** @param free what nobody reserved */
export function accountSettings(quota: number, free: number): Answer {
  return { result: { AccountLimit: { ConcurrentExecutions: quota, UnreservedConcurrentExecutions: free } } };
}

function roleNamed(name: string): string {
  const about = { Path: '/', RoleName: name, RoleId: 'AROAEXAMPLE', Arn: `arn:aws:iam::${ACCOUNT}:role/${name}` };
  const members = Object.entries(about).map(([member, value]) => `<${member}>${value}</${member}>`);
  return `<Role>${members.join('')}<CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>`;
}

export function logGroups(...names: string[]): Answer {
  return { result: { logGroups: names.map((logGroupName) => ({ logGroupName })) } };
}

export function stackIn(status: string, isProtected = false): Answer {
  return {
    result: `<Stacks><member><StackName>prior-auth-sandbox</StackName><StackStatus>${status}</StackStatus><EnableTerminationProtection>${isProtected}</EnableTerminationProtection></member></Stacks>`,
  };
}

interface Asked {
  readonly action: string;
  /** The id of the key that signed. */
  readonly keyId: string | undefined;
  readonly body: string;
  readonly url: string;
}

export interface FakeAws {
  readonly url: string;
  /** In the order in which they came. */
  readonly asked: Asked[];
  answers: Answers;
  close(): void;
}

export async function startAws(): Promise<FakeAws> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const action = actionOf(request, body);
      const keyId = /Credential=(\w+)\//.exec(request.headers.authorization ?? '')?.[1];
      aws.asked.push({ action, keyId, body, url: request.url ?? '' });
      reply(response, action, aws.answers[action] ?? { error: 'InvalidAction' });
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  const aws: FakeAws = { url: `http://127.0.0.1:${port}`, asked: [], answers: GOOD, close };
  return aws;
}

/** Systems Manager and CloudWatch Logs are asked by a header, Lambda by paths, the others by a form. */
function actionOf({ headers, url = '' }: IncomingMessage, body: string): string {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.split('.').at(-1) ?? 'none';
  if (url.includes('/account-settings')) return 'GetAccountSettings';
  if (url.includes('/concurrency')) return 'GetFunctionConcurrency';
  return new URLSearchParams(body).get('Action') ?? 'none';
}

function reply(response: ServerResponse, action: string, answer: Answer): void {
  if (answer === 'silent') return;
  const isJson = ['GetParameter', 'DescribeLogGroups', 'GetAccountSettings', 'GetFunctionConcurrency'].includes(action);
  response.setHeader('content-type', isJson ? 'application/json' : 'text/xml');
  if ('error' in answer) {
    const { error, status = 400, message = 'key AKIDSECRET' } = answer;
    const json = JSON.stringify({ __type: error, message });
    const xml = `<ErrorResponse><Error><Type>Sender</Type><Code>${error}</Code><Message>${message}</Message></Error></ErrorResponse>`;
    response.writeHead(status, { 'x-amzn-errortype': error }).end(isJson ? json : xml);
    return;
  }
  const { result } = answer;
  response.end(
    typeof result === 'string'
      ? `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`
      : JSON.stringify(result),
  );
}
