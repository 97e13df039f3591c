import assert from 'node:assert/strict';
import { before, describe, test, type TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { formatDuration, formatShare } from '../../local/embedded/traces/duration.ts';
import { findAccessibilityViolations } from './accessibility.ts';
import { openBrowser, type PageOptions, type WatchedPage } from './browser.ts';
import { choosePorts, stackFolder, startStack, submit, until, type Answer, type Stack } from './stack.ts';
import { findTraces, readTrace, spanNamed } from './trace.ts';

/** Of the demonstration's negative case; the values of a body are canaries too: no view may show them. */
const SLOW = {
  member_id: 'M99999',
  provider_npi: '9999999999',
  diagnosis_code: 'I25.10',
  requested_service: 'VIP_CARDIAC_SURGERY',
};
const REFUSED = { ...SLOW, provider_npi: '12', diagnosis_code: 'nonsense' };
const BODY_VALUES = [...Object.values(SLOW), 'M12345', '1234567890', 'Z00.00', 'ROUTINE_CHECKUP', 'nonsense'];

const folder = stackFolder();
const ports = await choosePorts();
let stack: Stack;
let slow: Answer;
let refused: Answer;

const traceIdOf = (answer: Answer) => answer.headers.get('x-trace-id') ?? '';

/** A page of the console, which at the end of the test must have been without fault; undefined without a Chromium. */
async function open(t: TestContext, path: string, options: PageOptions = {}): Promise<Page | undefined> {
  const watched = await openWatched(t, options);
  await watched?.page.goto(path);
  return watched?.page;
}

async function openWatched(
  t: TestContext,
  options: PageOptions = {},
  expected?: RegExp,
): Promise<WatchedPage | undefined> {
  const browser = await openBrowser(t);
  const watched = await browser?.newPage(stack.traces, options);
  if (watched !== undefined) t.after(async () => assert.deepEqual(await watched.faults(expected), []));
  return watched;
}

/** The text of the page as a reader sees it. */
const textOf = (page: Page) => page.locator('body').innerText();

/** As the parameters of Jaeger's search have it: what the console reads by the API for itself, and what it lists. */
const OWN_READS = `service=prior-auth-api&operation=${encodeURIComponent('GET /prior-auth/{request_id}')}`;
const SUBMITS = `service=prior-auth-api&operation=${encodeURIComponent('POST /prior-auth/submit')}`;

/** Of what comes by itself, however busy the machine is. */
const TIMEOUT_MS = 20_000;

/** So that the shortest span is seen. */
const LEAST_BAR_PX = 2;

const boxOf = async (mark: Locator) => (await mark.boundingBox()) ?? assert.fail('not drawn');

/** The name of the span that a row of the waterfall draws, without the marks behind it. */
const nameOf = async (row: Locator) => (await row.locator('.operation').innerText()).replace(/ bottleneck$/, '');

const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

describe('the console, at the first request', () => {
  before(async () => {
    stack = await startStack({ folder, ports });
  });

  test('tells a newcomer how to make one, shows it without a reload, and explains it at a click', async (t) => {
    const page = await open(t, '/');
    if (page === undefined) return;
    await page.getByText('No request yet').waitFor();
    assert.match(await textOf(page), new RegExp(`curl -X POST ${stack.api}/prior-auth/submit`));
    await page.evaluate('globalThis.isSamePage = true');
    const answer = await submit(stack);
    const row = rowOf(page, 'PA-00001');
    await row.waitFor();
    assert.match(
      await row.innerText(),
      /\d\d:\d\d:\d\d\.\d{3}\s+POST \/prior-auth\/submit\s+201\s+[\d.]+[mμ]?s\s+\d+%/,
    );
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'POST /prior-auth/submit', level: 1 }).waitFor();
    assert.equal(new URL(page.url()).pathname, `/trace/${traceIdOf(answer)}`);
    assert.equal(await page.evaluate('globalThis.isSamePage'), true);
    // The first request of all is a cold start: on a busy machine that may be a bottleneck.
    assert.match(
      await textOf(page),
      /no bottleneck: the most, \d+%, goes to \w+|of which \d+% in [\w /-]+: the bottleneck/,
    );
    await page.goBack();
    await rowOf(page, 'PA-00001').waitFor();
  });
});

describe('the console', () => {
  before(async () => {
    slow = await submit(stack, SLOW);
    refused = await submit(stack, REFUSED);
  });

  test('shows the bottleneck of the slow case at a glance, with what it says of itself', async (t) => {
    const page = await open(t, `/trace/${traceIdOf(slow)}`);
    if (page === undefined) return;
    const bottleneck = page.getByRole('treegrid').getByRole('row', { selected: true });
    await bottleneck.waitFor();
    const trace = await readTrace(stack, traceIdOf(slow), 6);
    const whole = spanNamed(trace, 'POST /prior-auth/submit').duration;
    const { duration } = spanNamed(trace, 'vip_member_slow_query');
    const [took, share] = [formatDuration(duration), formatShare(duration, whole)];
    assert.match(took, /^[2-9](\.\d+)?s$/);
    assert.match(await bottleneck.innerText(), new RegExp(`^vip_member_slow_query bottleneck\\s+${took}\\s+${share}$`));
    const verdict = `${formatDuration(whole)}, of which ${share} in vip_member_slow_query: the bottleneck.`;
    assert.ok((await textOf(page)).includes(verdict), verdict);
    const details = await page.getByRole('region', { name: 'The selected span' }).innerText();
    assert.match(details, /delay_ms\s+2000\s+reason\s+Simulating database contention/);
  });

  test('draws the spans as a tree to scale, as the trace has them', async (t) => {
    const page = await open(t, `/trace/${traceIdOf(slow)}`);
    if (page === undefined) return;
    const rows = page.getByRole('treegrid').getByRole('row');
    await rows.nth(6).waitFor();
    const spans = (await rows.all()).slice(1);
    const levels = spans.map(
      async (row) => `${await row.getAttribute('aria-level')} ${await row.locator('.operation').innerText()}`,
    );
    assert.deepEqual(await Promise.all(levels), [
      '1 POST /prior-auth/submit',
      '2 submit_prior_auth',
      '3 generate_request_id',
      '3 vip_member_slow_query bottleneck',
      '3 validate_npi',
      '3 database_insert',
    ]);
    const trace = await readTrace(stack, traceIdOf(slow), spans.length);
    const root = spanNamed(trace, 'POST /prior-auth/submit');
    for (const row of spans) {
      const { operationName, startTime, duration } = spanNamed(trace, await nameOf(row));
      const lane = await boxOf(row.locator('.lane'));
      const bar = await boxOf(row.locator('.bar'));
      const scale = lane.width / root.duration;
      const [left, width] = [(startTime - root.startTime) * scale, Math.max(duration * scale, LEAST_BAR_PX)];
      assert.ok(Math.abs(bar.x - lane.x - left) <= 1, `${operationName} begins at ${bar.x - lane.x}, not ${left} px`);
      assert.ok(Math.abs(bar.width - width) <= 1, `${operationName} is ${bar.width} wide, not ${width} px`);
    }
    const bottleneck = spans[3] ?? assert.fail();
    const [bar, critical] = [await boxOf(bottleneck.locator('.bar')), await boxOf(bottleneck.locator('.critical'))];
    assert.ok(Math.abs(critical.width - bar.width) <= 1, 'the bottleneck is on the critical path, whole');
  });

  test('says why: the audit trail, borne witness to by the log line beside it', async (t) => {
    const page = await open(t, `/trace/${traceIdOf(slow)}`);
    if (page === undefined) return;
    const trail = page.getByRole('region', { name: 'Audit trail' });
    await trail.getByText('ends with the hash that the log has').waitFor();
    const text = await trail.innerText();
    assert.match(
      text,
      /PA-00002\s+\+0μs\s*request_received by local\s+idempotency_key: false\s+\+[2-9](\.\d+)?s\s*npi_validated by local\s+check_digit: invalid\s+\+[2-9](\.\d+)?s\s*request_submitted by local\s+status: pending/,
    );
    const log = await page.getByRole('region', { name: 'Log' }).innerText();
    assert.match(log, /level\s+INFO/);
    assert.match(log, new RegExp(`trace_id\\s+${traceIdOf(slow)}`));
    assert.match(log, /"insert_request": 1, "insert_audit_event": 3 \}/);
  });

  test('says of a refused request which field broke which rule, and that nothing was stored', async (t) => {
    const page = await open(t, `/trace/${traceIdOf(refused)}`);
    if (page === undefined) return;
    const trail = page.getByRole('region', { name: 'Audit trail' });
    await trail.getByText('Refused, and nothing was stored').waitFor();
    assert.match(await trail.innerText(), /provider_npi\s+ten_digits\s+diagnosis_code\s+icd_10_cm/);
  });

  test('leaves its own reads of the audit trail out of the list', async (t) => {
    const page = await open(t, `/trace/${traceIdOf(slow)}`);
    if (page === undefined) return;
    await page.getByText('ends with the hash that the log has').waitFor();
    await until(
      async () => (await findTraces(stack, OWN_READS)).length > 0,
      TIMEOUT_MS,
      () => 'its read of the audit trail left no trace',
    );
    await page.getByRole('link', { name: 'Requests', exact: true }).click();
    await page.waitForResponse(/\/api\/requests/);
    await page.locator('.count').getByText('3 requests', { exact: true }).waitFor();
    assert.equal(await page.getByText('GET /prior-auth').count(), 0);
  });

  test('filters by route, status, least duration and id, and the address says so', async (t) => {
    const page = await open(t, '/');
    if (page === undefined) return;
    const count = page.locator('.count');
    await count.getByText('3 requests').waitFor();
    await page.getByLabel('Status').selectOption('4xx');
    await count.getByText('1 of 3 requests').waitFor();
    await rowOf(page, '422').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    // On a busy machine the first of all takes its time, too.
    const least = spanNamed(await readTrace(stack, traceIdOf(slow), 6), 'POST /prior-auth/submit').duration;
    const fitting = (await findTraces(stack, `${SUBMITS}&minDuration=${least}us`)).length;
    await page.getByLabel('At least').fill(`${least}us`);
    await rowOf(page, 'vip_member_slow_query').waitFor();
    await count.getByText(`${fitting} of 3 requests`).waitFor();
    assert.equal(new URL(page.url()).search, `?min=${least}us`);
    await page.getByLabel('At least').fill('soon');
    await page.getByText('a duration such as 100ms or 1.5s').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByLabel('Trace or request id').fill('pa-00001');
    await count.getByText('1 of 3 requests').waitFor();
    assert.equal(new URL(page.url()).search, '?id=pa-00001');
    await page.getByLabel('Trace or request id').fill('');
    await page.getByLabel('Route').selectOption('POST /prior-auth/submit');
    await count.getByText('3 requests', { exact: true }).waitFor();
  });

  test('opens a filtered list from its address', async (t) => {
    const page = await open(t, `/?status=201&min=1s&id=${traceIdOf(slow).slice(0, 12).toUpperCase()}`);
    if (page === undefined) return;
    await page.locator('.count').getByText('1 of 3 requests').waitFor();
    assert.equal(await page.getByLabel('Status').inputValue(), '201');
    assert.equal(await page.getByLabel('At least').inputValue(), '1s');
  });

  test('can be used with the keyboard alone', async (t) => {
    const page = await open(t, '/');
    if (page === undefined) return;
    await rowOf(page, 'PA-00001').waitFor();
    // The way into the content, three links, four fields.
    for (let n = 0; n < 8; n++) await page.keyboard.press('Tab');
    await page.keyboard.type('PA-');
    assert.equal(await page.getByLabel('Trace or request id').inputValue(), 'PA-');
    await page.locator('.count').getByText('2 of 3 requests').waitFor();
    for (const key of ['Tab', 'Tab', 'ArrowDown', 'ArrowDown', 'ArrowUp']) await page.keyboard.press(key);
    await page.keyboard.press('Enter');
    const grid = page.getByRole('treegrid');
    const selected = grid.getByRole('row', { selected: true });
    await selected.getByText('vip_member_slow_query').waitFor();
    await selected.focus();
    await page.keyboard.press('ArrowDown');
    await selected.getByText('validate_npi').waitFor();
    await page.waitForURL(/\?span=[0-9a-f]{16}$/);
    await page.keyboard.press('ArrowLeft');
    await selected.getByText('submit_prior_auth').waitFor();
    await page.keyboard.press('ArrowLeft');
    assert.equal(await grid.getByRole('row').count(), 3);
    await page.keyboard.press('ArrowRight');
    assert.equal(await grid.getByRole('row').count(), 7);
    await page.keyboard.press('End');
    await selected.getByText('database_insert').waitFor();
  });

  test('draws the counters and histograms, and a dot on the durations opens its trace', async (t) => {
    // Within the minute that the charts look back on, and counted in this order: with the dot of the last all of them
    // are.
    await submit(stack, REFUSED);
    const traceId = traceIdOf(await submit(stack, SLOW));
    const page = await open(t, '/monitor');
    if (page === undefined) return;
    const dots = page
      .getByRole('list', { name: 'Exemplars' })
      .getByRole('link', { name: /success, [2-9](\.\d+)?s at/ });
    const dot = dots.and(page.locator(`[href="/trace/${traceId}"]`));
    await dot.waitFor();
    const latest = (title: string) => page.getByRole('list', { name: `${title}: latest values` }).innerText();
    assert.match(await latest('Requests by status'), /success 0\.\d+\/s\s+validation_error 0\.\d+\/s\s+conflict 0\/s/);
    assert.match(await latest('Request duration'), /p50 [\d.]+m?s\s+p95 [2-9](\.\d+)?s\s+p99 [2-9](\.\d+)?s/);
    assert.match(await latest('Database operations by type'), /insert_request 0\.\d+\/s/);
    assert.match(await latest('Validation failures by field'), /provider_npi 0\.\d+\/s/);
    assert.match(await latest('Bridge events by outcome'), /counted [\d.]+\/s\s+duplicate 0\/s/);
    assert.match(await latest('Uncounted requests'), /uncounted requests 0/);
    assert.equal(await page.locator('canvas').count(), 6);
    await dot.click();
    await page.getByRole('treegrid').getByText('vip_member_slow_query').waitFor();
    assert.equal(new URL(page.url()).pathname, `/trace/${traceId}`);
  });

  /** Each view, and what it shows when it is whole. */
  const views = (): [path: string, sign: string][] => [
    ['/', 'PA-00002'],
    ['/?min=soon&id=none', 'a duration such as 100ms'],
    [`/trace/${traceIdOf(slow)}`, 'ends with the hash'],
    [`/trace/${traceIdOf(refused)}`, 'Refused, and nothing was stored'],
    [`/trace/${'0'.repeat(31)}1`, 'This trace is not stored'],
    ['/monitor', 'Uncounted requests'],
  ];

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 320]) {
      test(`is accessible and fits, ${colorScheme}, ${width} px wide`, async (t) => {
        const page = await open(t, '/', { colorScheme, width });
        if (page === undefined) return;
        for (const [path, sign] of views()) {
          await page.goto(path);
          await page.getByText(sign).first().waitFor();
          assert.deepEqual(await findAccessibilityViolations(page), [], path);
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, path);
        }
        const background = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
        assert.equal(background, colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(13, 17, 23)');
      });
    }
  }

  test('never shows a value of a body, in its views or in what they are made of', async (t) => {
    const watched = await openWatched(t);
    if (watched === undefined) return;
    const { page } = watched;
    const received: Promise<string>[] = [];
    page.on('response', (response) => received.push(response.text().catch(() => '')));
    for (const [path, sign] of views()) {
      await page.goto(path);
      await page.getByText(sign).first().waitFor();
      received.push(textOf(page));
      await Promise.all(received);
    }
    const all = (await Promise.all(received)).filter((text) => !text.includes('No request yet'));
    assert.ok(
      all.some((text) => text.includes('request_submitted')),
      'the audit trail was read',
    );
    for (const value of BODY_VALUES) assert.ok(!all.some((text) => text.includes(value)), `${value} is shown`);
  });

  test('after a restart says that the trace is gone, and still shows the audit trail and the log', async (t) => {
    // The icon is asked for when the page has been loaded, and may come too late.
    const watched = await openWatched(t, {}, /\/api\/requests\?|\/favicon\.svg$/);
    await watched?.page.goto('/');
    await stack.stop();
    await watched?.page.getByText('is npm run local still running?').waitFor();
    stack = await startStack({ folder, ports });
    if (watched === undefined) return;
    const { page } = watched;
    await page.getByText('No request yet').waitFor();
    await page.getByLabel('Trace or request id').fill('PA-00002');
    await page.getByRole('link', { name: 'audit trail and log of PA-00002' }).click();
    await page.getByText('This trace is not stored').waitFor();
    await page.getByText('ends with the hash that the log has').waitFor();
    assert.match(await page.getByRole('region', { name: 'Audit trail' }).innerText(), /request_submitted/);
    assert.equal(new URL(page.url()).pathname, `/trace/${traceIdOf(slow)}`);
    await page.goBack();
    await page.getByRole('button', { name: 'Clear' }).click();
    const { request_id } = (await submit(stack)).json;
    await rowOf(page, String(request_id)).waitFor();
  });
});
