import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import type { Page } from 'playwright-core';
import { describe, test } from 'vitest';
import type { Charts } from '../../../local/console/contract.ts';
import { traceID } from '../embedded/traces/fixtures.ts';
import { until } from '../../end-to-end/stack.ts';
import { open, serve } from './page-fixtures.ts';

/** Times that the charts show: twenty minutes up to now, five seconds apart. */
const SCRAPES = 240;
const STEP = 5;
const DRAWN_TIMEOUT_MS = 20_000;

const nobody: RequestListener = (_request, response) => {
  response.destroy();
};

/** Charts whose every value is told by its place: the `n`-th of each line is `n` thousandths. */
function charts(now: number): Charts {
  const values = Array.from({ length: SCRAPES }, (_, n) => n / 1000);
  const lines = (...names: string[]) => names.map((name) => ({ name, values }));
  return {
    times: values.map((_, n) => now - (SCRAPES - 1 - n) * STEP),
    failure: null,
    requests: lines('success', 'error'),
    latency: lines('p50', 'p95', 'p99'),
    operations: lines('insert_request'),
    failures: lines('body'),
    bridge: lines('counted'),
    uncounted: lines('uncounted requests'),
    exemplars: [
      { traceID: traceID(1), at: now - 10, value: 0.1, status: 'success' },
      { traceID: traceID(2), at: now - 1000, value: 0.1, status: 'error' },
      { traceID: traceID(3), at: now - 20, value: 0.0001, status: 'success' },
    ],
  };
}

async function opened(t: Parameters<typeof serve>[0], path: string, options = {}) {
  const page = await open(t, await serve(t, { api: nobody }), '/trace/0', options);
  await page.route('**/api/charts', (route) => route.fulfill({ json: { data: charts(Date.now() / 1000) } }));
  await page.goto(path);
  await page.getByRole('list', { name: 'Requests by status: latest values' }).waitFor();
  return page;
}

/** Notes the texts and the dashes that are drawn, by which a canvas can be read. */
const NOTE_DRAWN = `globalThis.drawn = [];
const { fillText, setLineDash } = CanvasRenderingContext2D.prototype;
Object.assign(CanvasRenderingContext2D.prototype, {
  fillText(text, ...place) { drawn.push(text); return fillText.call(this, text, ...place); },
  setLineDash(dash) { drawn.push(dash.join(' ')); return setLineDash.call(this, dash); },
})`;

async function drawAgain(page: Page): Promise<void> {
  await page.addInitScript(NOTE_DRAWN);
  await page.reload();
}

/** What has been drawn in all six plots so far. */
async function readDrawn(page: Page): Promise<Set<string>> {
  return new Set(await page.evaluate<string[]>('globalThis.drawn'));
}

describe('the page of the metrics', () => {
  test('shows in the legend the latest values, and under the pointer those of that moment', async (t) => {
    const page = await opened(t, '/monitor');
    const legend = page.getByRole('list', { name: 'Requests by status: latest values' });
    await legend.getByText('success 0.24/s').waitFor();
    const plot = await page.locator('.u-over').first().boundingBox();
    assert.ok(plot);
    await page.mouse.move(plot.x + 1, plot.y + 20);
    // The first of twenty minutes, on the shortest range that holds them all: an hour.
    await page.mouse.move(plot.x + plot.width - plot.width / 3 + 2, plot.y + 20);
    await legend.getByText(/success 0(\.00\d)?\/s/).waitFor();
  });

  test('chooses the range that holds all there is, and another at a click, which the address notes', async (t) => {
    const page = await opened(t, '/monitor');
    const pressed = page.getByRole('group', { name: 'Time range' }).getByRole('button', { pressed: true });
    assert.equal(await pressed.innerText(), '1h');
    const dots = page.getByRole('list', { name: 'Exemplars' }).getByRole('link');
    // They are drawn with the plot, after the legend.
    await dots.nth(2).waitFor();
    assert.equal(await dots.count(), 3);
    await page.getByRole('button', { name: '5m', exact: true }).click();
    assert.equal(await pressed.innerText(), '5m');
    assert.equal(new URL(page.url()).search, '?range=5m');
    // That of a quarter of an hour ago is out of sight.
    await page.getByRole('link', { name: /^error/ }).waitFor({ state: 'detached' });
    assert.equal(await dots.count(), 2);
  });

  test('places a dot by its time and, below the scale, at its foot', async (t) => {
    const page = await opened(t, '/monitor?range=5m');
    const middle = async (name: RegExp) => {
      const box = await page.getByRole('link', { name }).boundingBox();
      assert.ok(box);
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    const plot = await page.locator('.u-over').nth(1).boundingBox();
    assert.ok(plot);
    const [high, low] = [await middle(/success, 100ms/), await middle(/success, 100μs/)];
    const perSecond = plot.width / 300;
    assert.ok(Math.abs(high.x - low.x - 10 * perSecond) < 3, `${high.x - low.x}`);
    assert.ok(Math.abs(low.y - plot.y - plot.height) < 3);
    assert.ok(high.y < low.y - 40);
  });

  test('tells its lines apart by more than their colour, in the legend as in the plot', async (t) => {
    const page = await opened(t, '/monitor');
    await drawAgain(page);
    const lines = page.getByRole('list', { name: 'Request duration: latest values' }).locator('line');
    // A line without height counts as not visible.
    await lines.nth(2).waitFor({ state: 'attached' });
    const dashes = await Promise.all((await lines.all()).map((line) => line.getAttribute('stroke-dasharray')));
    assert.equal(new Set(dashes).size, 3);
    await until(
      async () => {
        const drawn = await readDrawn(page);
        return dashes.every((dash) => drawn.has(String(dash)));
      },
      DRAWN_TIMEOUT_MS,
      () => 'the plot has other dashes than the legend',
    );
  });

  test('has at 320 px more than one time below a plot', async (t) => {
    const page = await opened(t, '/monitor?range=5m', { width: 320 });
    await drawAgain(page);
    await until(
      async () => [...(await readDrawn(page))].filter((text) => /^\d\d:\d\d$/.test(text)).length > 1,
      DRAWN_TIMEOUT_MS,
      () => 'there is one time at most',
    );
  });

  test('draws what is new, in the width and the colours that there are then', async (t) => {
    const page = await opened(t, '/monitor?range=5m');
    const picture = () =>
      page
        .locator('canvas')
        .first()
        .evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL());
    const drawnAnew = (before: string, what: string) =>
      until(
        async () => (await picture()) !== before,
        DRAWN_TIMEOUT_MS,
        () => `${what} is not drawn`,
      );
    const light = await picture();
    await page.emulateMedia({ colorScheme: 'dark' });
    await drawnAnew(light, 'the other scheme');
    await until(
      async () => (await page.locator('canvas').count()) === 6,
      DRAWN_TIMEOUT_MS,
      () => 'there are not six plots',
    );
    await page.setViewportSize({ width: 500, height: 800 });
    const widthOf = async (selector: string) => (await page.locator(selector).first().boundingBox())?.width ?? 0;
    await until(
      async () => Math.abs((await widthOf('.uplot')) - (await widthOf('.plot'))) <= 1 && (await widthOf('.plot')) < 500,
      DRAWN_TIMEOUT_MS,
      () => 'the plot has not the width of its room',
    );
    const before = await picture();
    await page.waitForResponse((response) => response.url().endsWith('/api/charts'));
    await drawnAnew(before, 'what came five seconds later');
  });
});
