/** A real Chromium, one for a test file, and pages that note what is wrong with them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, type TestContext } from 'vitest';
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
let home: string | undefined;
/** Also when a test failed. */
afterAll(close);

async function close(): Promise<void> {
  await (await launched)?.close();
  if (home !== undefined) rmSync(home, { recursive: true, force: true });
}

/** The browser of the test file, launched by the first test that asks for it. */
export async function openBrowser(test: TestContext): Promise<OpenBrowser> {
  const browser = await (launched ??= launch(requireTool('chromium')));
  return { newPage: (origin, options) => newPage(browser, test, origin, options) };
}

/**
 * With an empty profile that is removed at the end. Should this process be killed, Chromium ends with the pipe between
 * them.
 */
function launch(executablePath: string): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-browser-'));
  home = folder;
  // Left to Playwright, these close the browser only, and the test file lives on.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void close().finally(() => process.kill(process.pid, 'SIGKILL')));
  }
  return chromium.launch({
    executablePath,
    args: ARGUMENTS,
    handleSIGTERM: false,
    handleSIGHUP: false,
    // It writes beside its profile, too: crash reports, caches.
    env: { ...process.env, HOME: folder },
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
  test.onTestFinished(() => context.close());
  const faults = await watchFaults(context, origin);
  return { page: await context.newPage(), faults };
}
