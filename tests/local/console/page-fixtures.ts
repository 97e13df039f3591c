/** The console's page on a trace store that the test fills, with an API of the test's own behind it. */
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { createConsole } from '../../../local/console/console.ts';
import { startTraces, type Traces } from '../../../local/embedded/traces/start.ts';
import type { Span, Tag } from '../../../local/embedded/traces/trace.ts';
import { openBrowser, type PageOptions } from '../../end-to-end/browser.ts';
import { sendTraces } from '../../fixtures/otlp-traces.ts';
import { NOON as START, storedSpan, traceID } from '../embedded/traces/fixtures.ts';
import { serving } from './fixtures.ts';

export interface Served {
  readonly traces: Traces;
  readonly origin: string;
  /** Done at the end of the test, while the servers still answer. */
  readonly checks: (() => Promise<void>)[];
  /** Sends made-up submits to the store's own receiver. */
  readonly send: (count: number, options?: Parameters<typeof sendTraces>[2]) => ReturnType<typeof sendTraces>;
}

const NOBODY: RequestListener = (_request, response) => {
  response.destroy();
};

/** Trace store and console without the rest. Without an `api` there is something that hangs up where it would be. */
export async function serve(
  t: TestContext,
  { api = NOBODY, port = 0 }: { api?: RequestListener; port?: number } = {},
): Promise<Served> {
  const checks: Served['checks'] = [];
  const stops: (() => unknown)[] = [];
  // In one hook: of several those after one that fails are left out, and a server that goes on keeps the test file
  // alive.
  t.after(async () => {
    try {
      for (const check of checks) await check();
    } finally {
      await Promise.all(stops.map((stop) => stop()));
    }
  });
  const apiPort = await serving({ after: (stop) => void stops.push(stop) }, api);
  const { routes, startScraper } = await createConsole(`http://127.0.0.1:${apiPort}`);
  const traces = await startTraces({ host: '127.0.0.1', otlpPort: 0, apiPort: port, routes });
  const scraper = startScraper();
  stops.push(
    () => traces.close(),
    () => scraper.stop(),
  );
  return {
    traces,
    checks,
    origin: `http://127.0.0.1:${traces.apiPort}`,
    send: (count, options) => sendTraces(`http://127.0.0.1:${traces.otlpPort}`, count, options),
  };
}

/** A page that must be without fault at the end, but for the expected URLs; undefined without a Chromium. */
export async function open(
  t: TestContext,
  { origin, checks }: Served,
  path: string,
  { expected, ...options }: PageOptions & { expected?: RegExp } = {},
): Promise<Page | undefined> {
  const watched = await (await openBrowser(t))?.newPage(origin, options);
  if (watched === undefined) return undefined;
  checks.push(async () => assert.deepEqual(await watched.faults(expected), []));
  await watched.page.goto(path);
  return watched.page;
}

/** A span of the trace with a number; times in milliseconds from the start. */
export function span(
  name: string,
  [from, to]: readonly [number, number],
  { trace = 1, parent, tags = {}, logs = [] }: Drawn = {},
): Span {
  return storedSpan({
    traceID: traceID(trace),
    spanID: idOf(name),
    operationName: name,
    startTime: START + from * 1000,
    duration: (to - from) * 1000,
    references: parent === undefined ? [] : [{ refType: 'CHILD_OF', traceID: traceID(trace), spanID: idOf(parent) }],
    tags: Object.entries(tags).map(toTag),
    logs: logs.map(({ at, fields }) => ({ timestamp: START + at * 1000, fields: Object.entries(fields).map(toTag) })),
  });
}

interface Drawn {
  readonly trace?: number;
  readonly parent?: string;
  readonly tags?: Record<string, string | number | boolean>;
  readonly logs?: readonly { at: number; fields: Record<string, string> }[];
}

function toTag([key, value]: [string, string | number | boolean]): Tag {
  return { key, value, type: typeof value === 'string' ? 'string' : typeof value === 'number' ? 'int64' : 'bool' };
}

/** Sixteen digits of a name of up to eight letters. */
function idOf(name: string): string {
  return Buffer.from(name).toString('hex').slice(0, 16).padStart(16, '0');
}
