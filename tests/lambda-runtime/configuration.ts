/** The environment of a function: what its configuration says, and what Lambda itself sets. */
import { join } from 'node:path';
import { CREDENTIALS } from '../fixtures/iam.ts';

/** What a template says of a function. */
export interface FunctionConfiguration {
  /** `handler.handler`: a file in the task folder, and what it exports. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  /** By default `function`. */
  readonly name?: string;
  /** By default 128. */
  readonly memoryMb?: number;
}

const ACCOUNT = '123456789012';
/** Lambda refuses more, names and values together. */
const MAX_ENVIRONMENT_BYTES = 4096;
/** What Lambda sets and a function's configuration may set otherwise. */
const UNRESERVED = ['PATH', 'LANG', 'TZ', 'NODE_PATH', 'AWS_XRAY_CONTEXT_MISSING', 'AWS_XRAY_DAEMON_ADDRESS'];
const OF_THE_RUNTIME = [
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_XRAY_CONTEXT_MISSING',
  'AWS_XRAY_DAEMON_ADDRESS',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
  '_HANDLER',
];
/**
 * Where a path of Lambda's begins in a value: at its start, or where a list, an assignment or a command line has its
 * next part.
 */
const LAMBDA_PATH = /(^|[\s"'=:,])(?=\/(?:opt|var\/task)(?:\/|$|[\s"':,]))/g;

export function arnOf({ name = 'function' }: FunctionConfiguration): string {
  return `arn:aws:lambda:${CREDENTIALS.AWS_REGION}:${ACCOUNT}:function:${name}`;
}

/**
 * All variables of a function's process. Its own are as they are given, but for the paths /opt and /var/task: those
 * folders are below `root`, and nothing of the machine's own is theirs.
 * @throws Error when Lambda would refuse the configuration
 */
export function environmentOf(configuration: FunctionConfiguration, root: string, runtimeApi: string) {
  const { environment } = configuration;
  const lambda = lambdaEnvironment(configuration, root, runtimeApi);
  refuse(environment, new Set(Object.keys(lambda).filter((name) => !UNRESERVED.includes(name))));
  const own = Object.entries(environment).map(([name, value]) => [name, value.replaceAll(LAMBDA_PATH, `$1${root}`)]);
  return { ...lambda, ...(Object.fromEntries(own) as Record<string, string>) };
}

function refuse(environment: Readonly<Record<string, string>>, reserved: ReadonlySet<string>): void {
  const bytes = Buffer.byteLength(Object.entries(environment).flat().join(''));
  if (bytes > MAX_ENVIRONMENT_BYTES)
    throw new Error(`Lambda refuses this environment: ${bytes} bytes, and ${MAX_ENVIRONMENT_BYTES} are allowed`);
  for (const name of Object.keys(environment)) {
    if (reserved.has(name) || name === '_X_AMZN_TRACE_ID') throw new Error(`Lambda refuses ${name}: it is reserved`);
    if (!/^[a-zA-Z]\w+$/.test(name)) throw new Error(`Lambda refuses ${name}: it is no name of a variable`);
  }
}

/** The same for an external extension: without what concerns the runtime alone. */
export function extensionEnvironmentOf(configuration: FunctionConfiguration, root: string, api: string) {
  const all = Object.entries(environmentOf(configuration, root, api));
  return Object.fromEntries(all.filter(([name]) => !OF_THE_RUNTIME.includes(name)));
}

/** What an extension is told when it registers. */
export function aboutFunction({ handler, name = 'function' }: FunctionConfiguration) {
  return { functionName: name, functionVersion: '$LATEST', handler };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
function lambdaEnvironment(
  { handler, name = 'function', memoryMb = 128 }: FunctionConfiguration,
  root: string,
  api: string,
) {
  return {
    ...CREDENTIALS,
    _HANDLER: handler,
    AWS_DEFAULT_REGION: CREDENTIALS.AWS_REGION,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef',
    AWS_LAMBDA_RUNTIME_API: api,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
    LAMBDA_RUNTIME_DIR: import.meta.dirname,
    LAMBDA_TASK_ROOT: join(root, 'var/task'),
    LANG: 'en_US.UTF-8',
    NODE_PATH: join(root, 'opt/nodejs/node_modules'),
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
  };
}
