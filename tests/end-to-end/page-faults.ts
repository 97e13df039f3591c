import type { BrowserContext } from 'playwright-core';

interface Fault {
  readonly line: string;
  /** Of a load that failed. */
  readonly url?: string;
  /** What the console says of a load that failed. Some are nowhere else, such as that of /favicon.ico. */
  readonly isEcho?: boolean;
}

/** Chromium's console is silent on an `eval` that the policy refused and the page caught. */
const REPORT_EVAL = `addEventListener('securitypolicyviolation', ({ blockedURI, effectiveDirective, sourceFile }) => {
  if (blockedURI === 'eval') console.error('eval breaks ' + effectiveDirective + ' in ' + sourceFile);
})`;

/** Notes what goes wrong in the pages of a context from now on; see `WatchedPage.faults`. */
export async function watchFaults(
  context: BrowserContext,
  origin: string,
): Promise<(expected?: RegExp) => Promise<string[]>> {
  const noted: Fault[] = [];
  noteLoads(context, noted);
  noteForeign(context, origin, noted);
  noteErrors(context, noted);
  await context.addInitScript(REPORT_EVAL);
  return async (expected) => {
    // What the page did before is told before its answer.
    await Promise.all(context.pages().map((page) => page.evaluate('undefined')));
    const failed = new Set(noted.flatMap(({ url, isEcho }) => (url === undefined || isEcho ? [] : [url])));
    return noted
      .filter(({ url, isEcho }) => url === undefined || !(isEcho && failed.has(url)))
      .filter(({ url }) => url === undefined || !expected?.test(url))
      .map(({ line }) => line);
  };
}

function noteLoads(context: BrowserContext, noted: Fault[]): void {
  context.on('response', (response) => {
    const [status, url] = [response.status(), response.url()];
    if (status >= 400) noted.push({ line: `${status} ${response.request().method()} ${url}`, url });
  });
  context.on('requestfailed', (request) => {
    const [url, reason] = [request.url(), request.failure()?.errorText ?? 'unknown'];
    if (reason !== 'net::ERR_ABORTED') noted.push({ line: `failed ${request.method()} ${url}: ${reason}`, url });
  });
}

function noteForeign(context: BrowserContext, origin: string, noted: Fault[]): void {
  const note = (url: string) => {
    if (new URL(url).host !== new URL(origin).host) noted.push({ line: `another origin: ${url}` });
  };
  context.on('request', (request) => note(request.url()));
  context.on('page', (page) => page.on('websocket', (socket) => note(socket.url())));
}

function noteErrors(context: BrowserContext, noted: Fault[]): void {
  context.on('console', (message) => {
    const type = message.type();
    if (type !== 'error' && type !== 'warning') return;
    const [text, url] = [message.text(), message.location().url];
    const isEcho = text.startsWith('Failed to load resource:');
    noted.push({ line: `console ${type}: ${isEcho ? `${text} ${url}` : text}`, ...(isEcho && { url, isEcho }) });
  });
  context.on('weberror', (error) => noted.push({ line: `uncaught: ${String(error.error())}` }));
}
