/** That the tests of the console can fail: each kind of fault is reported, and a page without one is not accused. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../local/machine/free-port.ts';
import { requireTool } from '../tools.ts';
import { findAccessibilityViolations } from './accessibility.ts';
import { openBrowser, type PageOptions, type WatchedPage } from './browser.ts';
import { until } from './stack.ts';

// The browser is launched with these, and its pages know nothing of them.
Object.assign(process.env, { TZ: 'Asia/Tokyo', LANGUAGE: 'de' });

const STRICT =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const NONE = 'default-src *';
const STYLE = `:root { color-scheme: light dark } body { background: light-dark(#fff, #111) } .dim { color: light-dark(#222, #333) }
.faint { color: light-dark(#eee, #222) } .row button { inline-size: 12px; block-size: 12px; padding: 0; border: 0 }`;
const SLOW = "await fetch('/style.css'); await new Promise((done) => setTimeout(done, 300))";
const ICON = '<link rel="icon" href="/icon.svg">';

interface Site {
  readonly body?: string;
  readonly script?: string;
  readonly policy?: string;
  readonly icon?: string;
}

/** A page of its own: `/gone` is a 404, `/reset` breaks off, `/never` is not answered. */
async function serve(t: TestContext, { body = '', script = '', policy = STRICT, icon = ICON }: Site): Promise<string> {
  const files: Record<string, readonly [type: string, content: string]> = {
    '/': [
      'text/html',
      `<!doctype html><html lang="en"><head><title>Page</title><link rel="stylesheet" href="/style.css">${icon}</head>
      <body><main><h1>Heading</h1></main>${body}<script src="/script.js"></script></body></html>`,
    ],
    '/style.css': ['text/css', STYLE],
    '/script.js': [
      'text/javascript',
      `(async () => { ${script} })().finally(() => (document.documentElement.className = 'done'))`,
    ],
    '/icon.svg': ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  };
  const server = createServer((request, response) => {
    if (request.url === '/never') return;
    if (request.url === '/reset') return void request.socket.destroy();
    const [type, content] = files[request.url ?? ''] ?? [];
    response.writeHead(type === undefined ? 404 : 200, {
      'content-type': type ?? 'text/plain',
      'content-security-policy': policy,
    });
    response.end(content);
  });
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

/** The page of a site, its script being through; undefined where there is no browser. */
async function open(t: TestContext, site: Site, options?: PageOptions): Promise<WatchedPage | undefined> {
  const browser = await openBrowser(t);
  if (browser === undefined) return undefined;
  const opened = await browser.newPage(await serve(t, site), options);
  await opened.page.goto('/');
  // Not `waitForFunction`: it may eval once, and again only where the page's policy lets it.
  await opened.page.locator('html.done').waitFor();
  return opened;
}

/** Each line is as one of the patterns says, and each pattern has its line. */
function assertLines(lines: readonly string[], patterns: readonly RegExp[]): void {
  const message = lines.join('\n') || 'nothing was reported';
  for (const pattern of patterns)
    assert.ok(
      lines.some((line) => pattern.test(line)),
      `${String(pattern)}:\n${message}`,
    );
  for (const line of lines)
    assert.ok(
      patterns.some((pattern) => pattern.test(line)),
      `not expected: ${line}`,
    );
}

const REPORT_TIMEOUT_MS = 20_000;

/**
 * `assertLines`, once all are there: the network tells of an answer beside the page that got it, on a busy machine
 * somewhat later.
 */
async function assertReported(faults: () => Promise<string[]>, patterns: readonly RegExp[]): Promise<void> {
  const deadline = Date.now() + REPORT_TIMEOUT_MS;
  const areAll = (lines: readonly string[]) => patterns.every((pattern) => lines.some((line) => pattern.test(line)));
  while (!areAll(await faults()) && Date.now() < deadline) await sleep(10);
  assertLines(await faults(), patterns);
}

const OTHER = "'//other.localhost:' + location.port";
const FAULTY: { readonly what: string; readonly site: Site; readonly lines: readonly RegExp[] }[] = [
  {
    what: 'an error and a warning on the console',
    site: { script: "console.error('first'); console.warn('second'); console.info('third')" },
    lines: [/^console error: first$/, /^console warning: second$/],
  },
  {
    what: 'an error that nobody catches',
    site: {
      script: `setTimeout(() => { throw new Error('thrown') });
        void Promise.reject(new TypeError('rejected'));
        await new Promise((done) => setTimeout(done));`,
    },
    lines: [/^uncaught: Error: thrown$/, /^uncaught: TypeError: rejected$/],
  },
  {
    what: 'an answer from 400 on',
    site: { script: "await fetch('/gone')" },
    lines: [/^404 GET http:\/\/127\.0\.0\.1:\d+\/gone$/],
  },
  {
    what: 'a load that fails',
    site: { script: "await fetch('/reset', { method: 'POST' }).catch(() => undefined)" },
    lines: [/^failed POST http:\/\/127\.0\.0\.1:\d+\/reset: net::ERR_\w+$/],
  },
  {
    what: 'a style, a script and a request that the policy refuses',
    site: {
      body: '<p style="color: red">x</p><script>1</script>',
      script: `await fetch(${OTHER}).catch(() => undefined)`,
    },
    lines: [/style-src 'self'/, /inline script .*script-src 'self'/, /other\.localhost.* Content Security Policy/],
  },
  {
    what: 'an eval that the policy refuses, although the page catches it',
    site: { script: "try { new Function('') } catch {}" },
    lines: [/^console error: eval breaks script-src in http:\/\/127\.0\.0\.1:\d+\/script\.js$/],
  },
  {
    what: 'a request to another origin, which has no address',
    site: { policy: NONE, script: `await fetch(${OTHER}).catch(() => undefined)` },
    lines: [
      /^another origin: http:\/\/other\.localhost:\d+\/$/,
      /^failed GET http:\/\/other.*: net::ERR_NAME_NOT_RESOLVED$/,
    ],
  },
  {
    what: 'a socket to another origin',
    site: { policy: NONE, script: `await new Promise((done) => { new WebSocket('ws:' + ${OTHER}).onclose = done })` },
    lines: [/^another origin: ws:\/\/other\.localhost:\d+\/$/, /^console error: WebSocket connection/],
  },
];

describe('a page that is at fault', () => {
  for (const { what, site, lines } of FAULTY) {
    test(`is reported for ${what}`, async (t) => {
      const opened = await open(t, site);
      if (opened === undefined) return;
      await assertReported(opened.faults, lines);
    });
  }

  test('is reported for what a click did as soon as the click is done', async (t) => {
    const body = '<button id="log">Log</button>';
    const opened = await open(t, { body, script: "log.onclick = () => console.error('clicked')" });
    if (opened === undefined) return;
    const { x, y } = (await opened.page.locator('#log').boundingBox())!;
    for (let clicks = 1; clicks <= 30; clicks++) {
      await opened.page.mouse.click(x + 1, y + 1);
      assert.equal((await opened.faults()).length, clicks);
    }
  });

  test('is reported for an icon that is missing, which no page asks for by itself', async (t) => {
    const browser = await openBrowser(t);
    if (browser === undefined) return;
    const { page, faults } = await browser.newPage(await serve(t, { icon: '' }));
    await Promise.all([page.waitForEvent('console'), page.goto('/')]);
    assertLines(await faults(), [
      /^console error: Failed to load resource: .*404.* http:\/\/127\.0\.0\.1:\d+\/favicon\.ico$/,
    ]);
    assert.deepEqual(await faults(/favicon/), []);
  });

  test('is not reported for the loads that a test expects to fail, and for nothing else of them', async (t) => {
    const opened = await open(t, {
      script: "await Promise.allSettled([fetch('/gone'), fetch('/reset')]); console.error('/gone')",
    });
    if (opened === undefined) return;
    assert.deepEqual(await opened.faults(/\/(gone|reset)$/), ['console error: /gone']);
    await assertReported(() => opened.faults(/\/gone$/), [/^console error: \/gone$/, /^failed GET .*\/reset/]);
  });
});

describe('a page without fault', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`has nothing reported, ${colorScheme} and narrow`, async (t) => {
      const opened = await open(t, { script: SLOW }, { width: 320, colorScheme });
      if (opened === undefined) return;
      const seen = await opened.page.evaluate(
        "[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches, new Date(0).toLocaleString()]",
      );
      assert.deepEqual(seen, [320, colorScheme === 'dark', '1/1/1970, 12:00:00 AM']);
      assert.deepEqual(await findAccessibilityViolations(opened.page), []);
      assert.deepEqual(await opened.faults(), []);
    });
  }

  test('has text, for which a font must be installed', async (t) => {
    const opened = await open(t, { body: '<span>text</span>' });
    if (opened === undefined) return;
    const width = await opened.page.evaluate("document.querySelector('span').getBoundingClientRect().width");
    assert.ok(Number(width) > 10, `${String(width)} px`);
  });

  test('is closed with its test', async (t) => {
    let opened: WatchedPage | undefined;
    await t.test('that opens it', async (inner) => void (opened = await open(inner, {})));
    assert.notEqual(opened?.page.isClosed(), false);
  });

  test('may give up a load by leaving', async (t) => {
    const opened = await open(t, { script: "void fetch('/never')" });
    if (opened === undefined) return;
    await opened.page.goto('/');
    assert.deepEqual(await opened.faults(), []);
  });
});

describe('axe', () => {
  test('names element and rule of what it finds at every level that is asked for', async (t) => {
    const opened = await open(t, {
      body: `<img src="/icon.svg"><p class="faint">faint</p><input aria-label="Name" autocomplete="nonsense">
        <button aria-label="Send">Keep</button><div class="row"><button aria-label="1"></button><button aria-label="2"></button></div>`,
    });
    if (opened === undefined) return;
    assertLines(await findAccessibilityViolations(opened.page), [
      /^image-alt \(critical\) img: .*alt/,
      /^color-contrast \(serious\) p: .*contrast/,
      /^autocomplete-valid \(serious\) input: /,
      /^label-content-name-mismatch \(serious\) button\[aria-label="Send"\]: /,
      /^target-size \(serious\) button\[aria-label="\d"\]: /,
      /^region \(moderate\) /,
    ]);
    assert.deepEqual(await opened.faults(), []);
  });

  test('sees what can be read in one colour scheme only', async (t) => {
    const body = '<main><p class="dim">text</p></main>';
    const light = await open(t, { body }, { colorScheme: 'light' });
    const dark = await open(t, { body }, { colorScheme: 'dark' });
    if (light === undefined || dark === undefined) return;
    const contrast = (line: string) => line.startsWith('color-contrast');
    assert.deepEqual((await findAccessibilityViolations(light.page)).filter(contrast), []);
    assert.equal((await findAccessibilityViolations(dark.page)).filter(contrast).length, 1);
  });
});

/** Processes that were given a folder by their environment; of Linux. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((id) => {
    try {
      return readFileSync(`/proc/${id}/environ`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}

describe('the browser', { skip: process.platform !== 'linux' && 'processes are read from /proc' }, () => {
  const ENDINGS = [
    { how: 'when a test fails', signal: undefined, isClean: true },
    { how: 'when its test file is told to end', signal: 'SIGTERM', isClean: true },
    { how: 'when its test file is killed, but for a folder in the temporary one', signal: 'SIGKILL', isClean: false },
  ] as const;
  for (const { how, signal, isClean } of ENDINGS) {
    test(`leaves nothing behind ${how}`, async (t) => {
      if (requireTool('chromium', t) === undefined) return;
      const folder = mkdtempSync(join(tmpdir(), 'left-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const file = join(import.meta.dirname, 'fixtures/page-left-open.ts');
      const child = spawn(process.execPath, [file, signal === undefined ? '' : 'wait'], {
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, TMPDIR: folder, HOME: folder },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      for await (const line of createInterface(child.stdout)) if (line === 'open') break;
      assert.ok(processesIn(folder).length > 3);
      if (signal !== undefined) child.kill(signal);
      await exited;
      await until(
        () => processesIn(folder).length === 0,
        REPORT_TIMEOUT_MS,
        () => `processes left: ${processesIn(folder).join(' ')}`,
      );
      if (isClean) assert.deepEqual(readdirSync(folder), []);
    });
  }
});
