import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { describe, test } from 'vitest';
import { freePort } from '../../../local/machine/free-port.ts';
import { until } from '../../end-to-end/stack.ts';
import { traceID } from '../embedded/traces/fixtures.ts';
import { open, serve, span } from './page-fixtures.ts';

const TITLE_TIMEOUT_MS = 20_000;
const AUDIT = { expected: /\/audit$/ };
const submit = (trace: number, tags: Record<string, string | number | boolean> = {}) =>
  span('root', [trace, trace + 5], { trace, tags: { 'http.response.status_code': 201, ...tags } });

/** The title follows its view after the next frame. */
const assertTitled = (page: Page, title: string) =>
  until(
    async () => (await page.title()) === title,
    TITLE_TIMEOUT_MS,
    () => `the page is not titled ${title}`,
  );

/** Counts the rows of the first drawing; its wait for them does not end, so that a busy machine has the time. */
const NOTE_FIRST_DRAWING = `{
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (work, ms, ...rest) => setTimeout(work, ms === 100 ? 60_000 : ms, ...rest);
  new MutationObserver((_changes, observer) => {
    if (document.querySelector('main') === null) return;
    globalThis.rowsAtFirst = document.querySelectorAll('.row').length;
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
}`;

/** Frames, and what waits for the next one, come a second late. */
const LATE_FRAMES = `{
  const { setTimeout, requestAnimationFrame } = globalThis;
  globalThis.setTimeout = (work, ms, ...rest) => setTimeout(work, ms === 35 ? 1000 : ms, ...rest);
  globalThis.requestAnimationFrame = (work) => requestAnimationFrame(() => setTimeout(work, 1000, performance.now()));
}`;

describe('the page of the requests', () => {
  test('follows a store that began anew under it, and takes back what it said of the time between', async (t) => {
    const first = await serve(t, { port: await freePort() });
    first.traces.store.add([submit(1), submit(2), submit(3)]);
    // The icon is asked for when the page has been loaded, and may come too late.
    const page = await open(t, first, '/', { expected: /\/api\/requests|\/favicon\.svg$/ });
    const count = page.locator('.count');
    await count.getByText('3 requests').waitFor();
    await first.traces.close();
    const alert = page.getByRole('alert');
    await alert.getByText('is npm run local still running?').waitFor();
    const second = await serve(t, { port: first.traces.apiPort });
    second.traces.store.add([submit(4)]);
    await count.getByText('1 request', { exact: true }).waitFor();
    assert.equal(await alert.innerText(), '');
  });

  test('asks no more once another view is open', async (t) => {
    const served = await serve(t);
    const page = await open(t, served, '/');
    await page.getByText('No request yet').waitFor();
    const first = page.waitForResponse(/\/api\/charts$/);
    await page.getByRole('link', { name: 'Metrics' }).click();
    await first;
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    // The charts are asked for every five seconds, the list every second.
    await page.waitForRequest((request) => request.url().endsWith('/api/charts'));
    assert.deepEqual(asked, ['/api/charts']);
  });

  test('moves by the arrow keys through rows that are not drawn yet', async (t) => {
    const served = await serve(t);
    await served.send(200);
    const page = await open(t, served, '/', { height: 500 });
    await page.locator('.count').getByText('200 requests').waitFor();
    await page.locator('[aria-rowindex="2"] a').focus();
    for (let n = 0; n < 60; n++) {
      await page.keyboard.press('ArrowDown');
      await page.locator(`[aria-rowindex="${n + 3}"] a:focus`).waitFor();
    }
    const box = await page.locator('[aria-rowindex="62"] a').boundingBox();
    assert.ok(box !== null && box.y > 0 && box.y + box.height < 500, 'the row is in sight');
  });

  test('keeps what the address asks for on offer, though nothing stored has it', async (t) => {
    const served = await serve(t);
    served.traces.store.add([submit(1)]);
    const page = await open(t, served, '/?status=418&route=GET%20/teapot');
    await page.locator('.count').getByText('0 of 1 requests').waitFor();
    await page.getByText('No stored request fits this filter').waitFor();
    assert.equal(await page.getByLabel('Status').inputValue(), '418');
    assert.equal(await page.getByLabel('Route').inputValue(), 'GET /teapot');
  });

  test('leads from a trace id that is not stored to what outlives traces', async (t) => {
    const served = await serve(t);
    const page = await open(t, served, `/?id=${traceID(7).toUpperCase()}`);
    await page.getByRole('link', { name: /audit trail and log of/ }).click();
    await page.getByRole('heading', { name: 'This trace is not stored' }).waitFor();
    assert.equal(new URL(page.url()).pathname, `/trace/${traceID(7)}`);
  });

  test('says in a word what a colour says, and marks the row of a bottleneck', async (t) => {
    const served = await serve(t);
    served.traces.store.add([
      submit(1, { 'http.response.status_code': 422 }),
      submit(2, { 'http.response.status_code': 503 }),
      span('root', [0, 900], { trace: 3 }),
      span('slow', [10, 890], { trace: 3, parent: 'root' }),
    ]);
    const page = await open(t, served, '/');
    await page.getByRole('cell', { name: '422 refused' }).waitFor();
    await page.getByRole('cell', { name: '503 ✗ failed' }).waitFor();
    const bottlenecks = page.locator('.row .most.bottleneck');
    assert.match(await bottlenecks.innerText(), /^98% slow\s+bottleneck$/);
    assert.equal(await page.locator('.row .bar.bottleneck').count(), 1);
  });

  test('draws at 320 px a duration to scale along its row, and the whole name of the bottleneck', async (t) => {
    const served = await serve(t);
    served.traces.store.add([
      span('root', [0, 500], { trace: 1 }),
      span('root', [0, 2000], { trace: 2, tags: { 'prior_auth.request_id': 'PA-00002' } }),
      { ...span('slow', [0, 2000], { trace: 2, parent: 'root' }), operationName: 'vip_member_slow_query' },
    ]);
    const page = await open(t, served, '/', { width: 320 });
    const widthOf = async (mark: string, trace: number) =>
      (
        await page
          .locator('.row', { has: page.locator(`[title="${traceID(trace)}"]`) })
          .locator(mark)
          .boundingBox()
      )?.width ?? 0;
    await page.getByText('vip_member_slow_query').waitFor();
    const whole = await widthOf('.bar', 2);
    assert.ok(whole > 250, `${whole} px for the slowest`);
    assert.ok(Math.abs((await widthOf('.bar', 1)) - whole / 4) <= 1, 'a quarter of the time, a quarter of the bar');
    const name = page.locator('.most', { hasText: 'vip' });
    const overflow = await name.evaluate((element) => {
      const { scrollWidth, clientWidth } = element as unknown as Record<'scrollWidth' | 'clientWidth', number>;
      return scrollWidth - clientWidth;
    });
    assert.equal(overflow, 0);
  });

  test('notes a filter in the address without a step back for each letter', async (t) => {
    const served = await serve(t);
    const page = await open(t, served, '/monitor');
    await page.getByRole('link', { name: 'Requests', exact: true }).click();
    await page.getByLabel('Trace or request id').pressSequentially('PA-1');
    await page.waitForURL(({ search }) => search === '?id=PA-1');
    await page.goBack();
    assert.equal(new URL(page.url()).pathname, '/monitor');
  });

  test('heeds a click and a letter that come before the next frame', async (t) => {
    const page = await open(t, await serve(t), '/monitor');
    await page.addInitScript(LATE_FRAMES);
    await page.reload();
    await page.getByRole('link', { name: 'Requests', exact: true }).click();
    await page.getByLabel('Trace or request id').pressSequentially('PA-1');
    assert.equal(await page.getByLabel('Trace or request id').inputValue(), 'PA-1');
  });

  test('leaves a click that asks for a new tab to the browser, and names its views in the title', async (t) => {
    const served = await serve(t);
    served.traces.store.add([submit(1)]);
    const page = await open(t, served, '/', AUDIT);
    await assertTitled(page, 'Requests · Prior authorization console');
    const opened = page.context().waitForEvent('page');
    await page
      .getByRole('row')
      .getByRole('link')
      .click({ modifiers: ['ControlOrMeta'] });
    const other = await opened;
    await other.getByRole('treegrid').waitFor();
    await assertTitled(other, `Trace ${traceID(1).slice(0, 7)} · Prior authorization console`);
    assert.equal(new URL(page.url()).pathname, '/');
  });

  test('draws its bars anew for another width of the window', async (t) => {
    const served = await serve(t);
    await served.send(50);
    const page = await open(t, served, '/');
    const second = page.locator('[aria-rowindex="3"]');
    await second.waitFor();
    assert.equal((await second.boundingBox())?.height, 36);
    await page.setViewportSize({ width: 400, height: 800 });
    await page.locator('[aria-rowindex="3"][style*="84px"]').waitFor();
    assert.equal((await second.boundingBox())?.height, 84);
  });

  test('is drawn together with its first rows', async (t) => {
    const served = await serve(t);
    await served.send(20);
    const page = await open(t, served, '/');
    await page.addInitScript(NOTE_FIRST_DRAWING);
    await page.reload();
    await page.locator('.count').getByText('20 requests').waitFor();
    assert.equal(await page.evaluate('globalThis.rowsAtFirst'), 20);
  });

  test('is drawn without rows when they do not come', async (t) => {
    const page = await open(t, await serve(t), '/monitor');
    await page.route('**/api/requests?*', () => undefined);
    await page.goto('/');
    await page.getByLabel('At least').waitFor();
    assert.equal(await page.locator('.count').innerText(), '…');
  });

  test('never says that there is no request before it has asked for all', async (t) => {
    const served = await serve(t);
    await served.send(200);
    const page = await open(t, served, '/');
    // What this page asks for is not what is looked at below.
    await page.locator('.count').getByText('200 requests').waitFor();
    let [isFirst, isAsked] = [true, false];
    await page.route('**/api/requests?since=0', async (route) => {
      isAsked = true;
      assert.match(await page.locator('.count').innerText(), /…/);
      assert.equal(await page.getByText('No request yet').count(), 0);
      if (isFirst)
        assert.ok((await page.locator('.row').count()) > 10, 'the first rows stand before the rest is asked for');
      isFirst = false;
      await route.continue();
    });
    await page.reload();
    await page.locator('.count').getByText('200 requests').waitFor();
    assert.equal(isAsked, true);
  });
});
