import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, test, type TestContext } from 'vitest';
import { CREDENTIALS } from '../fixtures/iam.ts';
import { startFunction, type FunctionOptions, type LambdaFunction } from './function.ts';
import { holdTime, type HeldTime } from '../fixtures/held-time.ts';

const folder = mkdtempSync(join(tmpdir(), 'lambda-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const TIMEOUT = { timeout: 180_000 };

function write(files: Record<string, string>): string {
  const root = mkdtempSync(join(folder, 'files-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

/** A function of one file, or of several. */
async function start(
  context: TestContext,
  code: string | Record<string, string>,
  options: Partial<FunctionOptions> = {},
): Promise<LambdaFunction> {
  const task = write(typeof code === 'string' ? { 'handler.js': code } : code);
  const started = await startFunction({
    task,
    handler: 'handler.handler',
    environment: {},
    timeoutMs: 10_000,
    ...options,
  });
  context.onTestFinished(() => started.stop());
  return started;
}

const handler = (body: string) => `exports.handler = async (event, context) => { ${body} };`;

function errorOf({ payload, functionError }: Awaited<ReturnType<LambdaFunction['invoke']>>): [string, string] {
  assert.equal(functionError, 'Unhandled');
  const { errorType, errorMessage } = payload as { errorType: string; errorMessage: string };
  return [errorType, errorMessage];
}

function isAlive(pid: number | undefined): boolean {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
}

describe('an invocation', TIMEOUT, () => {
  test('gives the handler the event, and the caller what it returns', async (context) => {
    const { invoke } = await start(context, handler('return { got: event, list: [1, null] };'));
    const { payload, functionError } = await invoke({ text: 'ä\n"' });
    assert.deepEqual(payload, { got: { text: 'ä\n"' }, list: [1, null] });
    assert.equal(functionError, undefined);
  });

  test('that returns nothing returns null', async (context) => {
    const { invoke } = await start(context, handler(''));
    assert.equal((await invoke(null)).payload, null);
  });

  test('has an id of its own, a deadline, the function’s name and the trace header', async (context) => {
    const code = handler(
      'const { getRemainingTimeInMillis, ...rest } = context; return { ...rest, left: getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID };',
    );
    const { invoke } = await start(context, code, { name: 'submit', memoryMb: 512, timeoutMs: 60_000 });
    const first = await invoke({});
    const { left, trace, ...rest } = first.payload as { left: number; trace: string };
    assert.deepEqual(rest, {
      awsRequestId: first.requestId,
      callbackWaitsForEmptyEventLoop: true,
      functionName: 'submit',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:submit',
      logGroupName: '/aws/lambda/submit',
      logStreamName: '2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef',
      memoryLimitInMB: '512',
    });
    assert.ok(left > 50_000 && left <= 60_000, `${left} ms`);
    assert.match(trace, /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
    const second = await invoke({}, 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1');
    assert.notEqual(second.requestId, first.requestId);
    assert.equal((second.payload as { trace: string }).trace, 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1');
  });

  test('waits for the one before it, in the same process', async (context) => {
    const code = `let running = 0, calls = 0;
      exports.handler = async () => { const others = running++; await new Promise((r) => setTimeout(r, 20)); running--; return [others, ++calls]; };`;
    const started = await start(context, code);
    const payloads = (await Promise.all([1, 2, 3].map(() => started.invoke({})))).map(({ payload }) => payload);
    assert.deepEqual(payloads, [
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
    assert.equal(started.pids().length, 1);
  });
});

describe('the environment', TIMEOUT, () => {
  test('is what the function is given and what Lambda sets, and nothing of this machine', async (context) => {
    process.env['OF_THIS_MACHINE'] = 'yes';
    context.onTestFinished(() => {
      delete process.env['OF_THIS_MACHINE'];
    });
    const environment = {
      GREETING: 'hello / world',
      LANG: 'de_DE.UTF-8',
      OPT: '/optional/opt',
      URL: 'https://opt/var/task',
    };
    const { invoke } = await start(context, handler('return process.env;'), { environment });
    const seen = (await invoke({})).payload as Record<string, string>;
    for (const [name, value] of Object.entries({ ...environment, ...CREDENTIALS })) assert.equal(seen[name], value);
    const names = Object.keys(seen).filter((name) => !/^(AWS|LAMBDA|_)/.test(name));
    assert.deepEqual(names.sort(), ['GREETING', 'LANG', 'NODE_PATH', 'OPT', 'PATH', 'TZ', 'URL']);
  });

  test('has the folders of task and layer, wherever they are named', async (context) => {
    const layer = write({ 'otel/otel.js': 'globalThis.preloaded = true;', 'other.js': 'globalThis.other = true;' });
    const files = {
      'handler.js': handler(
        "return [globalThis.preloaded, globalThis.other, require('fs').readFileSync(process.env.FILE, 'utf8')];",
      ),
      'data/file.txt': 'of the task',
    };
    const environment = {
      NODE_OPTIONS: '--require /opt/otel/otel.js --require="/opt/other.js"',
      FILE: '/var/task/data/file.txt',
    };
    const { invoke } = await start(context, files, { layer, environment });
    assert.deepEqual((await invoke({})).payload, [true, true, 'of the task']);
  });

  test('has several layers in one folder, a later one over those before it', async (context) => {
    const layer = [write({ 'a/one': '1', 'a/both': '1' }), write({ 'a/two': '2', 'a/both': '2' })];
    const code = handler(
      "return ['one', 'two', 'both'].map((name) => require('fs').readFileSync(`${process.env.FOLDER}/${name}`, 'utf8'));",
    );
    const { invoke } = await start(context, code, { layer, environment: { FOLDER: '/opt/a' } });
    assert.deepEqual((await invoke({})).payload, ['1', '2', '2']);
  });

  test('has modules of the layer, and none of this repository', async (context) => {
    const layer = write({ 'nodejs/node_modules/of-the-layer/index.js': 'module.exports = 42;' });
    const code = handler('return event.map((name) => { try { return require(name); } catch (e) { return e.code; } });');
    const { invoke } = await start(context, code, { layer });
    assert.deepEqual((await invoke(['of-the-layer', 'zod'])).payload, [42, 'MODULE_NOT_FOUND']);
  });

  const REFUSED: [string, Record<string, string>, RegExp][] = [
    ['a reserved name', { AWS_REGION: 'eu-central-1' }, /AWS_REGION: it is reserved/],
    ['the trace header', { _X_AMZN_TRACE_ID: 'x' }, /_X_AMZN_TRACE_ID: it is reserved/],
    ['a name that is none', { '1ST': 'x' }, /1ST: it is no name/],
    ['more than 4 KB', { LARGE: 'ä'.repeat(2046) }, /4097 bytes, and 4096/],
  ];
  for (const [what, environment, message] of REFUSED) {
    test(`with ${what} is refused, as Lambda does`, async (context) => {
      const temporary = write({});
      process.env['TMPDIR'] = temporary;
      context.onTestFinished(() => {
        delete process.env['TMPDIR'];
      });
      await assert.rejects(start(context, handler(''), { environment }), message);
      assert.deepEqual(readdirSync(temporary), []);
    });
  }

  test('of 4 KB is taken', async (context) => {
    const { invoke } = await start(context, handler('return 1;'), { environment: { LARGE: 'x'.repeat(4091) } });
    assert.equal((await invoke({})).payload, 1);
  });
});

describe('the handler', TIMEOUT, () => {
  const FOUND: [string, Record<string, string>, string][] = [
    ['in a folder', { 'src/index.js': 'exports.api = { handler: async () => 1 };' }, 'src/index.api.handler'],
    ['in an ES module', { 'handler.mjs': 'export const handler = async () => 1;' }, 'handler.handler'],
    ['in a CommonJS module', { 'handler.cjs': 'exports.handler = () => 1;' }, 'handler.handler'],
  ];
  for (const [where, files, name] of FOUND) {
    test(`is found ${where}`, async (context) => {
      const { invoke } = await start(context, files, { handler: name });
      assert.equal((await invoke({})).payload, 1);
    });
  }

  const MISSING: [string, string, string, string, RegExp][] = [
    ['its file is missing', '', 'other.handler', 'Runtime.ImportModuleError', /Cannot find module '.*other'/],
    ['what it needs is missing', "require('zod')", 'handler.handler', 'Runtime.ImportModuleError', /module 'zod'/],
    [
      'it is not exported',
      '',
      'handler.handler',
      'Runtime.HandlerNotFound',
      /^handler.handler is undefined or not exported$/,
    ],
    ['it is no function', 'exports.handler = 1', 'handler.handler', 'Runtime.HandlerNotFound', /is not a function$/],
    ['its name is none', '', 'handler', 'Runtime.MalformedHandlerName', /^Bad handler$/],
    ['its name leads out', '', '../handler.handler', 'Runtime.MalformedHandlerName', /^Bad handler$/],
    ['its file is no JavaScript', 'const = 1', 'handler.handler', 'Runtime.UserCodeSyntaxError', /^SyntaxError: /],
  ];
  for (const [what, code, name, type, message] of MISSING) {
    test(`is reported by ${type} when ${what}`, async (context) => {
      const { invoke } = await start(context, code, { handler: name });
      const [errorType, errorMessage] = errorOf(await invoke({}));
      assert.equal(errorType, type);
      assert.match(errorMessage, message);
    });
  }
});

describe('a start that fails', TIMEOUT, () => {
  test('is tried again within each invocation, and is what the invocation comes to', async (context) => {
    const started = await start(
      context,
      "process.exit = () => setInterval(() => {}, 1000); throw new RangeError('no settings');",
    );
    for (let calls = 1; calls <= 3; calls++) {
      assert.deepEqual(errorOf(await started.invoke({})), ['RangeError', 'no settings']);
      assert.equal(started.pids().length, 1 + calls);
    }
    const said = started.lines().filter((line) => line.includes('\tERROR\tUncaught Exception'));
    assert.equal(said.length, 4);
    assert.match(said[0] ?? '', /^\d{4}-[-:.\dT]+Z\t\tERROR\tUncaught Exception .*"errorMessage":"no settings"/);
    assert.deepEqual(started.pids().map(isAlive), [false, false, false, false]);
  });

  test('is an end of the process where the file to preload is missing', async (context) => {
    const started = await start(context, handler(''), { environment: { NODE_OPTIONS: '--require /opt/missing.js' } });
    assert.deepEqual(errorOf(await started.invoke({})), [
      'Runtime.ExitError',
      'Runtime exited with error: exit status 1',
    ]);
    assert.match(started.lines().join('\n'), /Cannot find module '.*\/opt\/missing.js'/);
  });

  test('is ended when it takes too long, then with the time of the invocation', async (context) => {
    const started = await start(context, 'for (;;);', { initTimeoutMs: 200, timeoutMs: 400 });
    assert.deepEqual(errorOf(await started.invoke({})), ['Sandbox.Timedout', 'Task timed out after 0.40 seconds']);
    assert.deepEqual(started.pids().map(isAlive), [false, false]);
  });

  test('may fail once, and no invocation hears of it', async (context) => {
    const code = `const file = process.env.MARK; const fs = require('fs');
      if (!fs.existsSync(file)) { fs.writeFileSync(file, ''); throw new Error('once'); }
      ${handler('return 1;')}`;
    const { invoke, pids } = await start(context, code, { environment: { MARK: join(write({}), 'mark') } });
    assert.equal((await invoke({})).payload, 1);
    assert.equal(pids().length, 2);
  });
});

describe('an error', TIMEOUT, () => {
  test('of the handler is the answer, with its type, message and trace, and the process goes on', async (context) => {
    const code = handler("if (event.fail) throw Object.assign(new TypeError('no\\nwork'), { code: 'E1' }); return 1;");
    const started = await start(context, code);
    const { requestId, payload, functionError } = await started.invoke({ fail: true });
    assert.equal(functionError, 'Unhandled');
    const { trace, ...error } = payload as { trace: string[] };
    assert.deepEqual(error, { errorType: 'TypeError', errorMessage: 'no\nwork' });
    assert.equal(trace[0], 'TypeError: no');
    assert.equal((await started.invoke({})).payload, 1);
    assert.equal(started.pids().length, 1);
    const [line] = started.lines();
    assert.match(line ?? '', new RegExp(`^[^\t]+\t${requestId}\tERROR\tInvoke Error .*"code":"E1"`));
  });

  test('that is none is told by its type', async (context) => {
    const { invoke } = await start(context, handler("throw 'text';"));
    assert.deepEqual(errorOf(await invoke({})), ['string', 'text']);
  });

  test('in the answer, which cannot be written as JSON, is one of the handler', async (context) => {
    const { invoke } = await start(context, handler('return 1n;'));
    assert.equal(errorOf(await invoke({}))[0], 'TypeError');
  });

  const ENDS: [string, string, [string, string]][] = [
    [
      'nobody catches',
      "setTimeout(() => { throw new Error('late'); }, 1); await new Promise(() => {});",
      ['Error', 'late'],
    ],
    [
      'nobody awaits',
      "Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 5000));",
      ['Runtime.UnhandledPromiseRejection', 'Error: lost'],
    ],
    ['is an exit', 'process.exit(3);', ['Runtime.ExitError', 'Runtime exited with error: exit status 3']],
    [
      'is a signal',
      "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});",
      ['Runtime.ExitError', 'Runtime exited with error: signal: SIGKILL'],
    ],
  ];
  for (const [what, body, error] of ENDS) {
    test(`that ${what} ends the process, and the next invocation has another`, async (context) => {
      const started = await start(context, handler(`if (event.fail) { ${body} } return process.pid;`));
      const { payload: before } = await started.invoke({});
      assert.deepEqual(errorOf(await started.invoke({ fail: true })), error);
      const { payload: pid } = await started.invoke({});
      assert.deepEqual(started.pids(), [before, pid]);
      assert.equal(isAlive(Number(before)), false);
    });
  }

  test('that ends a frozen process costs no invocation', async (context) => {
    const started = await start(context, handler('return 1;'));
    const { payload, totalMs } = await started.invoke({});
    assert.equal(payload, 1);
    await totalMs;
    process.kill(Number(started.pids()[0]), 'SIGKILL');
    while (isAlive(started.pids()[0])) await new Promise((next) => setTimeout(next, 5));
    assert.equal((await started.invoke({})).payload, 1);
    assert.equal(started.pids().length, 2);
  });
});

/** What is too long. It passes only by `tick`: a start of another process is never too slow for it. */
const EXECUTION_MS = 3000;

describe('a time-out', TIMEOUT, () => {
  const SLOW = "process.stdout.write('slow\\n');";

  /** Invokes what is slow, and lets its time pass. */
  async function timedOut(time: HeldTime, { invoke, lines }: LambdaFunction) {
    const invoked = invoke({ slow: true });
    while (!lines().includes('slow')) await setImmediate();
    time.tick(EXECUTION_MS);
    return errorOf(await invoked);
  }

  for (const [what, body] of [
    ['waits', 'await new Promise(() => setTimeout(() => {}, 600000));'],
    ['works', 'for (;;);'],
  ] as const) {
    test(`ends a process that ${what} for too long, and the next invocation has another`, async (context) => {
      const time = holdTime(context);
      const started = await start(context, handler(`if (event.slow) { ${SLOW} ${body} } return 1;`), {
        timeoutMs: EXECUTION_MS,
      });
      assert.equal((await started.invoke({})).payload, 1);
      assert.deepEqual(await timedOut(time, started), ['Sandbox.Timedout', 'Task timed out after 3.00 seconds']);
      assert.equal(isAlive(started.pids()[0]), false);
      assert.equal((await started.invoke({})).payload, 1);
      assert.equal(started.pids().length, 2);
    });
  }

  test('is told by the time of day that the function is shown', async (context) => {
    const time = holdTime(context);
    const code = handler(
      `if (event.slow) { ${SLOW} await new Promise(() => setTimeout(() => {}, 600000)); } return context.getRemainingTimeInMillis();`,
    );
    const anHour = 3_600_000;
    const started = await start(context, code, { timeoutMs: EXECUTION_MS, now: () => Date.now() + anHour });
    assert.ok(Number((await started.invoke({})).payload) > anHour - 60_000);
    assert.equal((await timedOut(time, started))[0], 'Sandbox.Timedout');
  });

  test('holds until the process asks for more, though it has answered', async (context) => {
    const time = holdTime(context);
    const code = `const http = require('http'); const { request } = http; let stuck = false;
      http.request = (options, done) => { while (stuck && options.path.endsWith('/next')); return request(options, done); };
      ${handler('stuck = event.stuck; return 1;')}`;
    const started = await start(context, code, { timeoutMs: EXECUTION_MS });
    assert.equal((await started.invoke({ stuck: true })).payload, 1);
    const next = started.invoke({ stuck: false });
    time.tick(EXECUTION_MS);
    assert.equal((await next).payload, 1);
    assert.equal(started.pids().length, 2);
    assert.equal(isAlive(started.pids()[0]), false);
  });
});

describe('the log', TIMEOUT, () => {
  test('has what was written, in order, and what console writes with time, request and level', async (context) => {
    const code = `console.log('starts %d', 1);
      ${handler("process.stdout.write('plain\\n'); console.warn('two\\nlines', { a: 1 }); process.stderr.write('error\\n'); console.debug('end');")}`;
    const started = await start(context, code);
    const { requestId } = await started.invoke({});
    assert.deepEqual(
      started.lines().map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z/, 'TIME')),
      [
        'TIME\t\tINFO\tstarts 1',
        'plain',
        `TIME\t${requestId}\tWARN\ttwo\rlines { a: 1 }`,
        'error',
        `TIME\t${requestId}\tDEBUG\tend`,
      ],
    );
  });
});

test('a function that is stopped leaves neither process nor folder', TIMEOUT, async () => {
  const task = write({ 'handler.js': handler("return require('path').resolve('../..');") });
  const started = await startFunction({ task, handler: 'handler.handler', environment: {}, timeoutMs: 10_000 });
  const { payload: root } = await started.invoke({});
  assert.equal(existsSync(String(root)), true);
  await started.stop();
  assert.equal(existsSync(String(root)), false);
  assert.deepEqual(started.pids().map(isAlive), [false]);
});

test(
  'the Runtime API knows its own operations, and only the invocation that is under way',
  TIMEOUT,
  async (context) => {
    const code = handler(`const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime';
    const status = async (method, path) => (await fetch(base + path, { method })).status;
    return [
      await status('POST', '/invocation/' + context.awsRequestId + 'x/response'),
      await status('POST', '/invocation/' + context.awsRequestId + '/answer'),
      await status('GET', '/invocation/' + context.awsRequestId + '/response'),
      await status('GET', '/init/error'),
    ];`);
    const { invoke } = await start(context, code);
    assert.deepEqual((await invoke({})).payload, [400, 404, 404, 404]);
  },
);

test('the Runtime API takes one answer to an invocation, the first one', TIMEOUT, async (context) => {
  const code =
    handler(`const url = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/' + context.awsRequestId;
    const answer = async (kind, body) => process.stdout.write((await fetch(url + kind, { method: 'POST', body })).status + '\\n');
    await answer('/response', '"first"');
    await answer('/error', '"second"');
    return 'third';`);
  const started = await start(context, code);
  assert.deepEqual([(await started.invoke({})).payload, (await started.invoke({})).payload], ['first', 'first']);
  assert.deepEqual(started.lines().slice(0, 2), ['202', '400']);
});
