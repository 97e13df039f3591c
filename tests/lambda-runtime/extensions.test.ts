/**
 * Extensions, and what only shows with them: freezing, and the end of an environment. Rules: the manual's page on the
 * Extensions API.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { startFunction, type FunctionOptions, type LambdaFunction } from './function.ts';
import { holdTime } from './hold-time.ts';

const folder = mkdtempSync(join(tmpdir(), 'lambda-extensions-'));
after(() => rmSync(folder, { recursive: true }));
const TIMEOUT = { timeout: 180_000 };

/** What a process needs to speak to the Extensions API; requests have no time limit, as the manual asks. */
const CLIENT = `
const http = require('node:http');
function call(method, operation, headers = {}, body = '') {
  const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
  return new Promise((resolve, reject) => {
    http.request({ host, port, method, path: '/2020-01-01/extension' + operation, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve({ status: response.statusCode,
        id: response.headers['lambda-extension-identifier'], body: JSON.parse(text) }));
    }).on('error', reject).end(body);
  });
}
const register = (name, events) => call('POST', '/register', { 'Lambda-Extension-Name': name }, JSON.stringify({ events }));
const next = (id) => call('GET', '/event/next', { 'Lambda-Extension-Identifier': id });
`;
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const HANDLER = 'exports.handler = async () => process.pid;';

interface Given {
  /** The handler's file. */
  readonly code?: string;
  /** The same as an ES module, which may wait while it is loaded: the runtime asks for its first event after that. */
  readonly module?: string;
  /** Programs of /opt/extensions by name: JavaScript after the client above. */
  readonly external?: Readonly<Record<string, string>>;
}

async function start(
  context: TestContext,
  { code = HANDLER, module, external = {} }: Given,
  options: Partial<FunctionOptions> = {},
) {
  const task = mkdtempSync(join(folder, 'task-'));
  if (module === undefined) writeFileSync(join(task, 'handler.js'), CLIENT + code);
  else writeFileSync(join(task, 'handler.mjs'), REQUIRE + CLIENT + module);
  const layer = mkdtempSync(join(folder, 'layer-'));
  mkdirSync(join(layer, 'extensions/folder'), { recursive: true });
  for (const [name, program] of Object.entries(external))
    writeFileSync(join(layer, 'extensions', name), `#!${process.execPath}\n${CLIENT}${program}`, { mode: 0o755 });
  const given = { handler: 'handler.handler', environment: {}, timeoutMs: 10_000, ...options };
  const started = await startFunction({ task, layer, ...given });
  context.after(() => started.stop());
  return started;
}

/** Lines that the processes wrote themselves, without the runtime's own. */
const linesOf = ({ lines }: LambdaFunction) => lines().filter((line) => !line.includes('\t'));

/** Whether the kernel has a process stopped. */
function isStopped(pid: unknown): boolean {
  return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('T');
}

/** Waits for what another process does, which nothing announces. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(2);
}

/** Takes requests and answers none before `answer` is called. */
async function startGate(context: TestContext) {
  const waiting: ServerResponse[] = [];
  const server = createServer((_, response) => {
    waiting.push(response);
    server.emit('waiting');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  context.after(() => server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Waits until somebody waits. */
    async arrived() {
      while (waiting.length === 0) await once(server, 'waiting');
    },
    answer: () => waiting.splice(0).forEach((response) => response.end()),
  };
}

/** An internal extension that does `work` after each event before it asks for another. */
const internal = (work: string) => `
  const registered = register('inside', ['INVOKE']);
  (async () => {
    const { id } = await registered;
    for (;;) { const { body } = await next(id); ${work} }
  })();`;

describe('an internal extension', TIMEOUT, () => {
  test('hears of each invocation by its id, deadline, function and trace header', async (context) => {
    const code = `${internal('console.info(JSON.stringify(body));')} ${HANDLER}`;
    const started = await start(context, { code }, { name: 'submit' });
    const before = Date.now();
    const { requestId, totalMs } = await started.invoke({}, 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1');
    await totalMs;
    const [line = ''] = started.lines();
    const { deadlineMs, ...event } = JSON.parse(line.split('\t').at(-1) ?? '') as Record<string, unknown>;
    assert.deepEqual(event, {
      eventType: 'INVOKE',
      requestId,
      invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:submit',
      tracing: { type: 'X-Amzn-Trace-Id', value: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1' },
    });
    assert.ok(Number(deadlineMs) >= before + 10_000 && Number(deadlineMs) <= Date.now() + 10_000);
  });

  test('works on after the answer: the caller has it, the next invocation waits, then all are frozen', async (context) => {
    const gate = await startGate(context);
    const code = `${internal("await new Promise((done) => http.get(process.env.GATE, (r) => r.resume().on('end', done)));")} ${HANDLER}`;
    const started = await start(context, { code }, { environment: { GATE: gate.url } });
    const { payload: pid, responseMs, totalMs } = await started.invoke({});
    await gate.arrived();
    assert.equal(isStopped(pid), false);
    let isSecondOver = false;
    const second = started.invoke({}).then(() => (isSecondOver = true));
    await setImmediate();
    assert.equal(isSecondOver, false);
    gate.answer();
    assert.ok((await totalMs) >= responseMs);
    await gate.arrived();
    await second;
    gate.answer();
    await until(() => isStopped(pid));
  });

  test('may take the time of the invocation, and no more: then the environment is over', async (context) => {
    const time = holdTime(context);
    const code = `${internal('await new Promise(() => {});')} ${HANDLER}`;
    const started = await start(context, { code }, { timeoutMs: 60_000 });
    const { payload, totalMs } = await started.invoke({});
    assert.equal(typeof payload, 'number');
    let isOver = false;
    void totalMs.then(() => (isOver = true));
    time.tick(50_000);
    await sleep(50);
    assert.equal(isOver, false);
    time.tick(10_000);
    await totalMs;
    const { payload: next } = await started.invoke({});
    assert.equal(typeof next, 'number');
    assert.notEqual(next, payload);
  });

  const REFUSED: [string, string, [number, string]][] = [
    ['for SHUTDOWN', "register('a', ['SHUTDOWN'])", [403, 'Extension.InvalidEventType']],
    ['for what is none', "register('a', ['NEXT'])", [403, 'Extension.InvalidEventType']],
    ['without a name', "register('', ['INVOKE'])", [403, 'Extension.InvalidExtensionName']],
    ['twice', "register('a', []).then(() => register('a', []))", [403, 'Extension.InvalidExtensionState']],
    [
      'as one too many',
      "Promise.all([...'abcdefghij'].map((name) => register(name, []))).then(() => register('k', []))",
      [403, 'Extension.TooManyExtensions'],
    ],
    ['that nobody knows for an event', "next('nobody')", [403, 'Extension.UnknownExtensionIdentifier']],
    [
      'to be ended for no reason',
      "register('a', []).then(({ id }) => call('POST', '/exit/error', { 'Lambda-Extension-Identifier': id }))",
      [403, 'Extension.MissingHeader'],
    ],
    ['by another word', "call('POST', '/unregister')", [404, 'NoSuchOperation']],
  ];
  for (const [how, what, refusal] of REFUSED) {
    test(`that asks ${how} is refused`, async (context) => {
      const module = `const { status, body } = await ${what};
        process.stdout.write(JSON.stringify([status, body.errorType]) + '\\n');
        export const handler = async () => process.pid;`;
      const started = await start(context, { module });
      await until(() => linesOf(started).length > 0);
      assert.deepEqual(JSON.parse(linesOf(started)[0] ?? ''), refusal);
    });
  }

  test('that registers when the runtime has asked for an event comes too late', async (context) => {
    const code =
      "exports.handler = async () => { const { status, body } = await register('late', ['INVOKE']); return [status, body.errorType]; };";
    const { invoke } = await start(context, { code });
    assert.deepEqual((await invoke({})).payload, [403, 'Extension.RegistrationClosed']);
  });

  test('that registered and never asks for an event lets the start time out', async (context) => {
    const started = await start(
      context,
      { code: `register('mute', []); ${HANDLER}` },
      { initTimeoutMs: 300, timeoutMs: 600 },
    );
    const { payload, functionError } = await started.invoke({});
    assert.equal(functionError, 'Unhandled');
    assert.deepEqual(payload, { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 0.60 seconds' });
  });

  test('gives the runtime the time for a SIGTERM', async (context) => {
    holdTime(context);
    const code = `${internal('')} process.on('SIGTERM', () => { process.stdout.write('SIGTERM\\n'); process.exit(); }); ${HANDLER}`;
    const started = await start(context, { code });
    await started.invoke({});
    await started.stop();
    assert.deepEqual(linesOf(started), ['SIGTERM']);
  });

  test('is not frozen when it asks for an event at the end', async (context) => {
    holdTime(context);
    const code = `${internal("await new Promise((done) => process.once('SIGTERM', done));")}
      process.once('SIGTERM', () => setTimeout(() => { process.stdout.write('end\\n'); process.exit(); }, 50)); ${HANDLER}`;
    const started = await start(context, { code });
    await started.invoke({});
    await started.stop();
    assert.deepEqual(linesOf(started), ['end']);
  });

  test('leaves a runtime that does not end half a second', async (context) => {
    const code = `${internal('')} process.on('SIGTERM', () => {}); ${HANDLER}`;
    const started = await start(context, { code });
    const { payload: pid } = await started.invoke({});
    const stopping = performance.now();
    await started.stop();
    assert.ok(performance.now() - stopping >= 490);
    assert.equal(isAlive(Number(pid)), false);
  });
});

/** An external extension that writes what happens. */
const LOGGER = `
  const say = (what) => process.stdout.write(what + '\\n');
  (async () => {
    const { id, body } = await register(require('node:path').basename(__filename), ['INVOKE', 'SHUTDOWN']);
    say(JSON.stringify(body));
    for (;;) {
      const { eventType, shutdownReason = '' } = (await next(id)).body;
      say(eventType + shutdownReason);
      if (eventType === 'SHUTDOWN') process.exit();
    }
  })();`;

describe('an external extension', TIMEOUT, () => {
  test('is started first, hears of invocations, and at last of the end, after the runtime had its SIGTERM', async (context) => {
    holdTime(context);
    const code =
      "process.stdout.write('runtime\\n'); process.on('SIGTERM', () => { process.stdout.write('SIGTERM\\n'); process.exit(); });" +
      HANDLER;
    const started = await start(context, { code, external: { 'logger.js': LOGGER } });
    for (let calls = 0; calls < 2; calls++) await (await started.invoke({})).totalMs;
    await started.stop();
    assert.deepEqual(linesOf(started), [
      '{"functionName":"function","functionVersion":"$LATEST","handler":"handler.handler"}',
      'runtime',
      'INVOKE',
      'INVOKE',
      'SIGTERM',
      'SHUTDOWNSPINDOWN',
    ]);
  });

  test('that has SHUTDOWN alone is left in peace by invocations', async (context) => {
    holdTime(context);
    const external = { 'logger.js': LOGGER.replace("'INVOKE', ", '') };
    const started = await start(context, { external });
    await (
      await started.invoke({})
    ).totalMs;
    await started.stop();
    assert.deepEqual(linesOf(started).slice(1), ['SHUTDOWNSPINDOWN']);
  });

  test('is frozen with the runtime', async (context) => {
    const external = { 'pid.js': `process.stdout.write(process.pid + '\\n'); ${LOGGER}` };
    const started = await start(context, { external });
    const { payload: pid } = await started.invoke({});
    const pids = [pid, linesOf(started)[0]];
    await until(() => pids.every(isStopped));
  });

  test('hears why it ends: a time-out', async (context) => {
    const time = holdTime(context);
    const code =
      "exports.handler = () => new Promise((done) => { process.stdout.write('begun\\n'); setTimeout(done, 600000); });";
    const started = await start(context, { code, external: { 'logger.js': LOGGER } }, { timeoutMs: 600 });
    const invoked = started.invoke({});
    await until(() => linesOf(started).includes('begun'));
    time.tick(600);
    const { payload } = await invoked;
    assert.deepEqual(payload, { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out after 0.60 seconds' });
    assert.equal(linesOf(started).at(-1), 'SHUTDOWNTIMEOUT');
  });

  test('that does not end by itself is killed', async (context) => {
    const time = holdTime(context);
    const program = `process.stdout.write(process.pid + '\\n'); setInterval(() => {}, 1000); ${LOGGER.replace('process.exit()', '1')}`;
    const external = { 'stays.js': program };
    const started = await start(context, { external });
    await started.invoke({});
    let isOver = false;
    const stopped = started.stop().then(() => (isOver = true));
    await until(() => linesOf(started).includes('SHUTDOWNSPINDOWN'));
    await sleep(50);
    assert.equal(isOver, false);
    time.tick(2000);
    await stopped;
    assert.equal(linesOf(started).at(-1), 'SHUTDOWNSPINDOWN');
    assert.equal(isAlive(Number(linesOf(started)[0])), false);
  });

  test('that does not want to hear of the end is killed', async (context) => {
    const external = { 'logger.js': LOGGER.replace(", 'SHUTDOWN'", '') };
    const started = await start(context, { external });
    await (
      await started.invoke({})
    ).totalMs;
    await started.stop();
    assert.deepEqual(linesOf(started).slice(1), ['INVOKE']);
  });

  const FAILS: [string, string, string, string][] = [
    ['ends', 'process.exit(3);', 'Extension.Crash', 'exit status 3'],
    [
      'ends later',
      "register('a.js', ['INVOKE']).then(({ id }) => next(id)).then(() => process.exit(0));",
      'Extension.Crash',
      'exit status 0',
    ],
    [
      'cannot start',
      "register('a.js', []).then(({ id }) => call('POST', '/init/error', { 'Lambda-Extension-Identifier': id, 'Lambda-Extension-Function-Error-Type': 'Fatal.No' }));",
      'Extension.InitError',
      'Fatal.No',
    ],
    [
      'gives up',
      "register('a.js', []).then(({ id }) => call('POST', '/exit/error', { 'Lambda-Extension-Identifier': id, 'Lambda-Extension-Function-Error-Type': 'Fatal.End' }));",
      'Extension.ExitError',
      'Fatal.End',
    ],
  ];
  for (const [what, program, errorType, errorMessage] of FAILS) {
    test(`that ${what} takes the environment with it`, async (context) => {
      const code = 'exports.handler = () => new Promise((done) => setTimeout(done, 600000));';
      const { invoke } = await start(context, { code, external: { 'a.js': program } });
      const { payload, functionError } = await invoke({});
      assert.equal(functionError, 'Unhandled');
      assert.deepEqual(payload, { errorType, errorMessage });
    });
  }

  test('has the environment of the function without what concerns the runtime', async (context) => {
    const external = { 'env.js': `process.stdout.write(Object.keys(process.env).sort().join() + '\\n'); ${LOGGER}` };
    const started = await start(context, { external }, { environment: { GREETING: 'hello' } });
    await started.invoke({});
    const names = (linesOf(started)[0] ?? '').split(',');
    assert.ok(names.includes('GREETING') && names.includes('AWS_LAMBDA_RUNTIME_API'));
    assert.deepEqual(
      names.filter((name) => /_HANDLER|TASK_ROOT|LOG_|EXECUTION_ENV|XRAY/.test(name)),
      [],
    );
  });
});

describe('a frozen function', TIMEOUT, () => {
  test('stands still between invocations: what it left undone goes on at the next', async (context) => {
    const code = `let ticks = 0; const timer = setInterval(() => ticks++, 1);
      exports.handler = async () => { await new Promise((r) => setTimeout(r, 20)); return [process.pid, ticks]; };`;
    const started = await start(context, { code });
    const [pid] = (await started.invoke({})).payload as [number, number];
    await until(() => isStopped(pid));
    const [, ticks] = (await started.invoke({})).payload as [number, number];
    assert.ok(ticks > 0);
  });

  test('goes on where freezing is switched off', async (context) => {
    const code =
      "process.on('SIGUSR2', () => process.stdout.write('awake\\n')); exports.handler = async () => process.pid;";
    const started = await start(context, { code }, { freezes: false });
    const { payload: pid } = await started.invoke({});
    process.kill(pid as number, 'SIGUSR2');
    await until(() => linesOf(started).length > 0);
  });

  test('does not outlive a test that is killed', async (context) => {
    const task = mkdtempSync(join(folder, 'task-'));
    writeFileSync(join(task, 'handler.js'), HANDLER);
    const program = `import { startFunction } from ${JSON.stringify(join(import.meta.dirname, 'function.ts'))};
      const started = await startFunction({ task: ${JSON.stringify(task)}, handler: 'handler.handler', environment: {}, timeoutMs: 10000 });
      process.stdout.write(String((await started.invoke({})).payload));`;
    const env = { ...process.env, TMPDIR: mkdtempSync(join(folder, 'tmp-')) };
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    context.after(() => child.kill('SIGKILL'));
    const [pid] = (await once(child.stdout, 'data')) as [Buffer];
    await until(() => isStopped(pid));
    child.kill('SIGKILL');
    await until(() => !isAlive(Number(pid)));
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
