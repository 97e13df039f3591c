/** A real Chromium, one for a test file, and pages that note what is wrong with them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { requireTool } from '../tools.ts';
import { watchFaults } from './page-faults.ts';

const ARGUMENTS = [
  // Drawn by software everywhere, so that screenshots are alike.
  '--disable-gpu',
  // Nothing but this machine has an address, with or without a network.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

export interface PageOptions extends Pick<BrowserContextOptions, 'colorScheme' | 'reducedMotion' | 'forcedColors'> {
  /** CSS pixels. */
  readonly width?: number;
  readonly height?: number;
}

export interface WatchedPage {
  /** `goto('/monitor')`: paths are of the origin that it was opened for. */
  readonly page: Page;
  /**
   * What was wrong with the page so far, a line each: errors and warnings on the console, uncaught errors, breaches of
   * its Content-Security-Policy, failed loads, answers from 400 on, and every request to an origin other than its own.
   * A load that the page itself gave up (a navigation, an AbortController) is no fault.
   * @param expected the URLs that may fail
   */
  readonly faults: (expected?: RegExp) => Promise<string[]>;
}

export interface OpenBrowser {
  /** A page with storage and cache of its own, closed with the test. @param origin `http://127.0.0.1:16686` */
  readonly newPage: (origin: string, options?: PageOptions) => Promise<WatchedPage>;
}

let launched: Promise<Browser> | undefined;
const close = () => launched?.then((browser) => browser.close());
/** Also when a test failed. */
after(close);

/**
 * The browser of the test file, launched by the first test that asks for it.
 * @returns undefined where no Chromium is installed: the test is skipped then
 */
export async function openBrowser(test: TestContext): Promise<OpenBrowser | undefined> {
  const executablePath = requireTool('chromium', test);
  if (executablePath === undefined) return undefined;
  const browser = await (launched ??= launch(executablePath));
  return { newPage: (origin, options) => newPage(browser, test, origin, options) };
}

/**
 * With an empty profile that is removed at the end. Should this process be killed, Chromium ends with the pipe between
 * them.
 */
function launch(executablePath: string): Promise<Browser> {
  const home = mkdtempSync(join(tmpdir(), 'prior-auth-browser-'));
  process.once('exit', () => rmSync(home, { recursive: true, force: true }));
  // Left to Playwright, these close the browser only, and the test file lives on.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void close()?.finally(() => process.exit(1)));
  }
  return chromium.launch({
    executablePath,
    args: ARGUMENTS,
    handleSIGTERM: false,
    handleSIGHUP: false,
    // It writes beside its profile, too: crash reports, caches.
    env: { ...process.env, HOME: home },
  });
}

async function newPage(
  browser: Browser,
  test: TestContext,
  origin: string,
  { width = 1280, height = 800, ...options }: PageOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    ...options,
    baseURL: origin,
    viewport: { width, height },
    locale: 'en-US',
    timezoneId: 'UTC',
  });
  test.after(() => context.close());
  const faults = await watchFaults(context, origin);
  return { page: await context.newPage(), faults };
}
