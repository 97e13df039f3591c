/** What the console costs: its weight, and how soon the first rows stand with a full store. */
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buildAssets } from '../local/console/assets.ts';
import { createConsole } from '../local/console/console.ts';
import { startTraces } from '../local/embedded/traces/start.ts';
import { openBrowser } from './end-to-end/browser.ts';
import { sendTraces } from './fixtures/otlp-traces.ts';

const TRACES = 5000;
const RUNS = 9;

/** Notes when the first row of the list stands in the document, in milliseconds from the start of the navigation. */
const NOTE_FIRST_ROW = `new MutationObserver((_changes, observer) => {
  if (document.querySelector('[role=rowgroup] [role=row]') === null) return;
  requestAnimationFrame(() => { globalThis.firstRow = performance.now(); });
  observer.disconnect();
}).observe(document, { childList: true, subtree: true })`;

const FIRST_ROW = `new Promise((done) => {
  const look = () => (globalThis.firstRow === undefined ? requestAnimationFrame(look) : done(firstRow));
  look();
})`;

const FIRST_PAINT = `new Promise((done) => {
  const look = (list) => list.getEntriesByName('first-contentful-paint').forEach(({ startTime }) => done(startTime));
  new PerformanceObserver(look).observe({ type: 'paint', buffered: true });
})`;

export async function pageBytes(): Promise<number> {
  const { html, js, css, icon } = await buildAssets('http://localhost:8000');
  return [html, js, css, icon].reduce((sum, file) => sum + gzipSync(file).length, 0);
}

/**
 * Medians in milliseconds, of pages without a cache: the first contentful paint, the first row, and the answer that the
 * first rows are made of with what the server needs for it.
 */
export async function listTimes(t: TestContext): Promise<{ paint: number; row: number; answer: number } | undefined> {
  const { routes } = await createConsole('http://127.0.0.1:1');
  const traces = await startTraces({ host: '127.0.0.1', otlpPort: 0, apiPort: 0, routes });
  t.after(() => traces.close());
  await sendTraces(`http://127.0.0.1:${traces.otlpPort}`, TRACES);
  const origin = `http://127.0.0.1:${traces.apiPort}`;
  const browser = await openBrowser(t);
  if (browser === undefined) return undefined;
  const times = { paint: [] as number[], row: [] as number[], answer: [] as number[] };
  for (let run = 0; run < RUNS; run++) {
    const { page } = await browser.newPage(origin);
    await page.addInitScript(NOTE_FIRST_ROW);
    await page.goto('/');
    times.row.push(Number(await page.evaluate(FIRST_ROW)));
    times.paint.push(Number(await page.evaluate(FIRST_PAINT)));
    times.answer.push(
      Number(
        await page.evaluate(
          `performance.getEntriesByName(new URL('/api/requests?since=0&latest=90', location).href)[0].duration`,
        ),
      ),
    );
    await page.close();
  }
  return { paint: median(times.paint), row: median(times.row), answer: median(times.answer) };
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
}
