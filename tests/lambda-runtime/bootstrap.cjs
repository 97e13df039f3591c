// What Lambda runs in place of a program: it loads the handler, then asks the Runtime API for one invocation after
// another. It behaves as Amazon's client for Node.js 24 does where a handler can tell: how a handler is found, what it
// is given, what its errors are called, and how `console` writes.
'use strict';
const { existsSync } = require('node:fs');
const http = require('node:http');
const { basename, dirname, join } = require('node:path');
const { format } = require('node:util');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const API = '/2018-06-01/runtime';
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
/** Of the invocation under way, or the last one; undefined until the first one comes. */
let requestId;

/** One line in the log: time, request and level, separated by tabs. */
function log(level, ...values) {
  const line = [new Date().toISOString(), requestId, level, format(...values)].join('\t');
  process.stdout.write(`${line.replaceAll('\n', '\r')}\n`);
}
for (const [name, level] of Object.entries({
  log: 'INFO',
  info: 'INFO',
  debug: 'DEBUG',
  trace: 'TRACE',
  warn: 'WARN',
  error: 'ERROR',
}))
  console[name] = (...values) => log(level, ...values);

function call(method, path, body, headers) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, agent, method, path: API + path, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).on('error', reject);
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject).end(body);
  });
}

function failure(type, message) {
  return Object.assign(new Error(message), { name: `Runtime.${type}` });
}

function report(path, message, error) {
  const isError = error instanceof Error;
  const said = {
    errorType: isError ? error.name : typeof error,
    errorMessage: isError ? error.message : String(error),
    trace: isError ? String(error.stack).split('\n') : [],
  };
  log('ERROR', message, JSON.stringify({ ...said, ...(isError ? error : {}) }));
  return call('POST', path, JSON.stringify(said), { 'Lambda-Runtime-Function-Error-Type': said.errorType });
}

/** The function that `folder/file.export.member` names; the extension is looked for. */
async function load(name) {
  const [, file, member] = /^([^.]*)\.(.+)$/.exec(basename(name)) ?? [];
  if (member === undefined || name.includes('..')) throw failure('MalformedHandlerName', 'Bad handler');
  const module = await loadModule(join(process.env.LAMBDA_TASK_ROOT, dirname(name), file));
  const handler = member.split('.').reduce((value, key) => value?.[key], module);
  if (!handler) throw failure('HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw failure('HandlerNotFound', `${name} is not a function`);
  return handler;
}

async function loadModule(path) {
  try {
    const extension = ['.js', '.mjs', '.cjs'].find((extension) => existsSync(path + extension)) ?? '';
    return extension === '.mjs' ? await import(path + extension) : require(path + extension);
  } catch (error) {
    if (error instanceof SyntaxError) throw failure('UserCodeSyntaxError', `${error.name}: ${error.message}`);
    if (error.code === 'MODULE_NOT_FOUND') throw failure('ImportModuleError', `Error: ${error.message}`);
    throw error;
  }
}

function contextOf(headers) {
  const { env } = process;
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

async function serve(handler) {
  const { headers, body } = await call('GET', '/invocation/next');
  requestId = headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  let result;
  try {
    result = JSON.stringify((await handler(JSON.parse(body), contextOf(headers))) ?? null);
  } catch (error) {
    return report(`/invocation/${requestId}/error`, 'Invoke Error ', error);
  }
  return call('POST', `/invocation/${requestId}/response`, result);
}

/** What nobody caught ends the process, when it has been told. */
async function end(exitCode, message, error) {
  const path = requestId === undefined ? '/init/error' : `/invocation/${requestId}/error`;
  await report(path, message, error).catch(() => undefined);
  process.exit(exitCode);
}

async function main() {
  process.on('uncaughtException', (error) => end(129, 'Uncaught Exception ', error));
  process.on('unhandledRejection', (reason) =>
    end(128, 'Unhandled Promise Rejection ', failure('UnhandledPromiseRejection', String(reason))),
  );
  const handler = await load(process.env._HANDLER).catch((error) => end(1, 'Uncaught Exception ', error));
  for (;;) {
    // Amazon's client, too, asks in the next turn of the event loop.
    await new Promise(setImmediate);
    await serve(handler);
  }
}
void main();
