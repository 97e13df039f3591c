import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { describe, test } from 'vitest';
import { buildAssets } from '../../../local/console/assets.ts';
import { send } from '../embedded/traces/fixtures.ts';
import { open, serve } from './page-fixtures.ts';

const MAX_GZIPPED_BYTES = 120_000;
const MANY = 5000;

describe('the page of the console', () => {
  test('weighs less than 120 KB gzipped, all of it together', async () => {
    const { html, js, css, icon } = await buildAssets('http://localhost:8000');
    const bytes = [html, js, css, icon].reduce((sum, file) => sum + gzipSync(file).length, 0);
    assert.ok(bytes < MAX_GZIPPED_BYTES, `${bytes} bytes`);
  });

  test('comes with a policy that lets nothing in and nothing run inline, at each of its addresses', async (t) => {
    const { traces } = await serve(t);
    for (const path of ['/', '/search', '/monitor', '/trace/abc']) {
      const { status, headers, body } = await send(traces.apiPort, path);
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'text/html; charset=utf-8');
      assert.match(
        headers['content-security-policy'] ?? '',
        /^default-src 'none'; script-src 'self'; style-src 'self'; /,
      );
      assert.doesNotMatch(headers['content-security-policy'] ?? '', /unsafe|data:|\*/);
      assert.doesNotMatch(body.toString(), /<script>|style=|onclick/);
    }
    assert.equal((await send(traces.apiPort, '/elsewhere')).status, 404);
    assert.equal((await send(traces.apiPort, '/', { headers: { host: 'evil.example' } })).status, 403);
  });

  test('holds fewer than a hundred rows of five thousand, wherever it is scrolled to', async (t) => {
    const served = await serve(t);
    await served.send(MANY);
    const page = await open(t, served, '/');
    await page.locator('.count').getByText('5,000 requests').waitFor();
    const rows = page.getByRole('table').getByRole('row');
    const lastIndex = async () => Number(await rows.last().getAttribute('aria-rowindex'));
    assert.equal(await page.getByRole('table').getAttribute('aria-rowcount'), '5001');
    assert.ok((await rows.count()) > 20 && (await rows.count()) < 100);
    await page.mouse.move(600, 500);
    await page.mouse.wheel(0, 60_000);
    await page.locator('[aria-rowindex="1660"]').waitFor();
    assert.ok((await rows.count()) < 100);
    await page.keyboard.press('End');
    await page.locator('[aria-rowindex="5001"]').waitFor();
    assert.equal(await lastIndex(), 5001);
    assert.ok((await rows.count()) < 100);
  });

  test('keeps the rows in sight where they are when new requests come in above', async (t) => {
    const served = await serve(t);
    await served.send(300);
    const page = await open(t, served, '/');
    await page.locator('.count').getByText('300 requests').waitFor();
    await page.evaluate('scrollTo(0, 4000)');
    const row = page.locator('[aria-rowindex="120"] a');
    await row.waitFor();
    const [href, before] = [await row.getAttribute('href'), await row.boundingBox()];
    await served.send(10, { seed: 2 });
    await page.locator('.count').getByText('310 requests').waitFor();
    const same = page.locator(`a[href="${href}"]`);
    await page.locator('[aria-rowindex="130"] a').waitFor();
    assert.ok(Math.abs(((await same.boundingBox())?.y ?? 0) - (before?.y ?? 0)) <= 1);
  });

  test('leads back to the list where it was left, and says when an address is none', async (t) => {
    const served = await serve(t);
    await served.send(300);
    const page = await open(t, served, '/', { expected: /\/audit$/ });
    await page.locator('.count').getByText('300 requests').waitFor();
    await page.evaluate('scrollTo(0, 4000)');
    await page.locator('[aria-rowindex="120"] a').click();
    await page.getByRole('treegrid').waitFor();
    assert.equal(await page.evaluate('scrollY'), 0);
    assert.equal(await page.evaluate('document.activeElement.id'), 'main');
    await page.goBack();
    await page.locator('[aria-rowindex="120"]').waitFor();
    assert.equal(await page.evaluate('scrollY'), 4000);
    await page.goto('/trace/nonsense');
    await page.getByRole('heading', { name: 'Nothing is at this address' }).waitFor();
  });

  test('says that the audit trail cannot be read while the API does not answer', async (t) => {
    const served = await serve(t);
    const [trace] = await served.send(1);
    const page = await open(t, served, `/trace/${trace?.traceId}`, { expected: /\/audit$/ });
    await page.getByText('the audit trail cannot be read: the API did not answer with it').waitFor();
    await page.getByRole('treegrid').getByText('database_insert').waitFor();
  });

  test('says why there are no metrics while nothing can be scraped', async (t) => {
    const served = await serve(t);
    const page = await open(t, served, '/monitor');
    await page.getByText('No scrape of /metrics: nothing answers').waitFor();
  });

  test('shows what failed as failed', async (t) => {
    const served = await serve(t);
    const failed = (await served.send(400)).find(({ status }) => status === 503);
    const page = await open(t, served, `/?status=error&id=${failed?.traceId}`, { expected: /\/audit$/ });
    await page.locator('.count').getByText('1 of 400 requests').waitFor();
    await page.getByRole('row').getByRole('link').click();
    await page.getByRole('treegrid').getByText('error', { exact: true }).first().waitFor();
    assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /503 ✗\s+failed/);
  });
});
