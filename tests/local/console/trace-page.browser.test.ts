import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import type { Page } from 'playwright-core';
import { describe, test } from 'vitest';
import { traceID } from '../embedded/traces/fixtures.ts';
import { open, serve, span } from './page-fixtures.ts';

const HEAD = 'cd'.repeat(32);

/** An API that gives back an audit trail of two events, the first from another trace. */
const api: RequestListener = (request, response) => {
  const isKnown = request.url === '/prior-auth/PA-00001';
  const event = (name: string, second: number, trace: number, hash: string) => ({
    event: name,
    actor: 'local',
    details: { check_digit: 'invalid' },
    trace_id: traceID(trace),
    span_id: '00000000000000aa',
    at: `2026-11-22T12:00:0${second}.000Z`,
    hash,
  });
  const audit = [event('request_received', 0, 2, 'ab'.repeat(32)), event('request_submitted', 2, 1, HEAD)];
  response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isKnown ? { status: 'pending', created_at: '2026-11-22T12:00:00.000Z', audit } : {}));
};

const line = (members: object) => JSON.stringify({ _aws: { Timestamp: 1 }, trace_id: traceID(1), ...members });

const SPANS = [
  span('root', [0, 100], {
    tags: { 'http.response.status_code': 201, 'span.kind': 'server', 'prior_auth.request_id': 'PA-00001' },
  }),
  span('work', [1, 99], { parent: 'root', tags: { 'span.kind': 'internal' } }),
  span('first', [2, 40], { parent: 'work', tags: { 'span.kind': 'client' } }),
  span('last', [41, 98], {
    parent: 'work',
    tags: { 'span.kind': 'client', error: true },
    logs: [{ at: 50, fields: { event: 'exception', 'exception.type': 'PostgresError' } }],
  }),
];

/** Texts of the waterfall's names that stand on two lines. */
const BROKEN_WORDS = `[...document.querySelectorAll('.operation')].flatMap((name) => [...name.childNodes]).filter((text) => {
  const range = new Range();
  range.selectNodeContents(text);
  return text.nodeType === Node.TEXT_NODE && range.getClientRects().length > 1;
}).map(({ data }) => data)`;

const selected = (page: Page) => page.getByRole('treegrid').getByRole('row', { selected: true });

describe('the page of a request', () => {
  test('shows the span of its address with attributes, events and resource, and what failed', async (t) => {
    const served = await serve(t, { api });
    served.traces.store.add(SPANS);
    const last = SPANS[3]?.spanID ?? '';
    const page = await open(t, served, `/trace/${traceID(1)}?span=${last}`);
    await selected(page).getByText('last error').waitFor();
    const details = page.getByRole('region', { name: 'The selected span' });
    const text = await details.innerText();
    assert.match(text, /starts at 41ms\s+takes 57ms\s+itself 57ms \(100%\)/);
    assert.match(text, /Event at 50ms\s+event\s+exception\s+exception.type\s+PostgresError/);
    await details.getByText('Resource').click();
    assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /201 ✗\s+failed/);
    const kinds = await page
      .locator('.lane .bar')
      .evaluateAll((bars) => bars.map(({ className }) => className as string));
    assert.deepEqual(kinds, ['bar server', 'bar internal', 'bar client', 'bar client']);
  });

  test('has air between the times of its ruler, and breaks at 320 px no name amid a word', async (t) => {
    const served = await serve(t, { api });
    const slow = { ...span('slow', [0, 2.9], { parent: 'work' }), operationName: 'vip_member_slow_query' };
    served.traces.store.add([span('root', [0, 2.964]), span('work', [0, 2.95], { parent: 'root' }), slow]);
    const page = await open(t, served, `/trace/${traceID(1)}`);
    const ticks = page.locator('.tick:visible');
    await ticks.last().waitFor();
    const boxes = await Promise.all((await ticks.all()).map((tick) => tick.boundingBox()));
    for (const [index, box] of boxes.entries()) {
      const before = boxes[index - 1];
      if (box && before) assert.ok(box.x - before.x - before.width > 12, `tick ${index} is close to that before it`);
    }
    await page.setViewportSize({ width: 320, height: 800 });
    await page.getByText('vip_member_slow_query').last().waitFor();
    assert.deepEqual(await page.evaluate(BROKEN_WORDS), []);
  });

  test('folds and unfolds by the mouse without another selection, and by Tab is reached at its selection', async (t) => {
    const served = await serve(t, { api });
    served.traces.store.add(SPANS);
    const page = await open(t, served, `/trace/${traceID(1)}`);
    const rows = page.getByRole('treegrid').getByRole('row');
    await rows.getByRole('button', { name: 'Fold work', exact: true }).click();
    assert.equal(await rows.count(), 3);
    await selected(page).getByText('root').waitFor();
    await rows.getByRole('button', { name: 'Unfold work' }).click();
    assert.equal(await rows.count(), 5);
    await page.getByRole('link', { name: 'JSON' }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('End');
    await selected(page).getByText('last').waitFor();
    await page.keyboard.press('Home');
    await selected(page).getByText('root').waitFor();
  });

  test('selects what is folded when the selection lies below it, so that the keys still reach it', async (t) => {
    const served = await serve(t, { api });
    served.traces.store.add(SPANS);
    const page = await open(t, served, `/trace/${traceID(1)}?span=${SPANS[3]?.spanID}`);
    await selected(page).getByText('last').waitFor();
    await page.getByRole('button', { name: 'Fold root', exact: true }).click();
    await selected(page).getByText('root').waitFor();
    assert.equal(await page.locator('.span[tabindex="0"]').count(), 1);
  });

  test('leaves keys with a modifier to the browser, and notes the selection in the address', async (t) => {
    const served = await serve(t, { api });
    served.traces.store.add(SPANS);
    const page = await open(t, served, '/');
    await page.getByRole('row').getByRole('link').click();
    await selected(page).focus();
    await page.keyboard.press('ArrowDown');
    await page.waitForURL(/\?span=/);
    await page.keyboard.press('Control+End');
    assert.match(await selected(page).innerText(), /^▾\s*work/);
    await page.keyboard.press('Alt+ArrowLeft');
    assert.match(await selected(page).innerText(), /^▾\s*work/);
  });

  test('keeps what was read of a trace that the store forgets, and says so', async (t) => {
    const served = await serve(t, { api });
    served.traces.store.add(SPANS);
    const page = await open(t, served, `/trace/${traceID(1)}`);
    await selected(page).waitFor();
    await page.route('**/api/traces?*', (route) => route.fulfill({ json: { data: [] } }));
    await page.getByText('This trace is not stored any more').waitFor();
    assert.equal(await page.locator('.span').count(), 4);
  });

  test('opens a trace of many spans folded, however deep it is', async (t) => {
    const served = await serve(t, { api });
    const deep = Array.from({ length: 9000 }, (_, depth) =>
      span(`n${depth}`, [0, 10], depth === 0 ? {} : { parent: `n${depth - 1}` }),
    );
    served.traces.store.add(deep);
    const page = await open(t, served, `/trace/${traceID(1)}`);
    await selected(page).getByText('n0').waitFor();
    assert.equal(await page.locator('.span').count(), 1);
  });

  test('asks for the audit trail again until it can be read', async (t) => {
    let isAway = true;
    const served = await serve(t, {
      api: (request, response) => {
        if (isAway) response.writeHead(503).end();
        else api(request, response);
      },
    });
    served.traces.store.add(SPANS);
    const page = await open(t, served, `/trace/${traceID(1)}`, { expected: /\/audit$/ });
    await page.getByText('the audit trail cannot be read').waitFor();
    isAway = false;
    await page.getByText('request_submitted').waitFor();
  });

  test('can be seen with forced colours', async (t) => {
    const served = await serve(t, { api });
    served.traces.store.add(SPANS);
    const page = await open(t, served, `/trace/${traceID(1)}`, { forcedColors: 'active' });
    await selected(page).waitFor();
    const colourOf = (selector: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).backgroundColor`);
    assert.notEqual(await colourOf('.span .bar'), await colourOf('html'));
    assert.notEqual(await colourOf('.span .critical'), await colourOf('html'));
  });

  test('is scrolled by none of the keys that move in it', async (t) => {
    const served = await serve(t, { api });
    served.traces.store.add(SPANS);
    const page = await open(t, served, `/trace/${traceID(1)}`, { height: 300 });
    await selected(page).focus();
    const before = await page.evaluate('scrollY');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowUp');
    assert.equal(await page.evaluate('scrollY'), before);
  });

  test('tells a trail that the log bears witness to from one that it does not, and from one without a witness', async (t) => {
    for (const [head, verdict] of [
      [HEAD, '✓ The trail ends with the hash that the log has.'],
      ['ee'.repeat(32), '✗ The trail does not end with the hash that the log has: run npm run verify.'],
      [undefined, 'No log line here bears witness to this trail.'],
    ] as const) {
      const served = await serve(t, { api });
      served.traces.store.add(SPANS);
      served.traces.logs.add(line({ request_id: 'PA-00001', audit_head: head }));
      const page = await open(t, served, `/trace/${traceID(1)}`);
      await page.getByText(verdict).waitFor();
    }
  });

  test('leads from an audit event of another trace to that trace, and from no other', async (t) => {
    const served = await serve(t, { api });
    served.traces.store.add(SPANS);
    const page = await open(t, served, `/trace/${traceID(1)}`);
    const links = page.getByRole('region', { name: 'Audit trail' }).getByRole('link');
    await links.waitFor();
    assert.equal(await links.getAttribute('href'), `/trace/${traceID(2)}`);
  });

  test('says when the database has no such request', async (t) => {
    const served = await serve(t, { api });
    served.traces.store.add([span('root', [0, 1], { tags: { 'prior_auth.request_id': 'PA-00002' } })]);
    const page = await open(t, served, `/trace/${traceID(1)}`, { expected: /\/audit$/ });
    await page.getByText('The database has no such request.').waitFor();
  });

  test('tells a gone trace by its log line: route, status, and the line as it was written', async (t) => {
    const served = await serve(t, { api });
    served.traces.logs.add(line({ route: 'POST /prior-auth/submit', http_status: 422, level: 'INFO' }));
    const page = await open(t, served, `/trace/${traceID(1).replace(/^0+/, '').toUpperCase()}`);
    await page.getByRole('heading', { name: 'This trace is not stored' }).waitFor();
    assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /POST \/prior-auth\/submit 422\s+refused/);
    await page.getByText('The line as JSON').click();
    assert.match(await page.locator('.line pre').innerText(), /"_aws": \{\s+"Timestamp": 1\s+\},\s+"trace_id"/);
  });

  test('is told by the longest of several roots, and grows with what still arrives', async (t) => {
    const served = await serve(t, { api });
    served.traces.store.add([span('short', [0, 5]), span('long', [10, 60])]);
    const page = await open(t, served, `/trace/${traceID(1)}`);
    await page.getByRole('heading', { level: 1, name: 'long' }).waitFor();
    assert.equal(await page.locator('.span').count(), 2);
    served.traces.store.add([span('late', [20, 30], { parent: 'long' })]);
    await page.getByRole('treegrid').getByText('late').waitFor();
  });
});
