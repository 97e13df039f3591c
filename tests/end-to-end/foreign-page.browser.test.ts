/** The ports of `npm run local`, to a page of another site. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, test } from 'vitest';
import { freePort } from '../../local/machine/free-port.ts';
import { SUBMISSION } from '../fixtures/http.ts';
import { openBrowser } from './browser.ts';
import { request, series, startStack, submit, until, WAIT_MS } from './stack.ts';

const stack = await startStack();
const INVOCATION = '/2015-03-31/functions/bridge/invocations';

async function counters(): Promise<string> {
  const { text } = await request(`${stack.api}/metrics`);
  return text
    .split('\n')
    .filter((line) => /^prior_auth_(requests|bridge_events|validation)/.test(line))
    .join('\n');
}

/** A page of another origin, which tries everything that a page may send without being asked first. */
async function foreignPage(): Promise<{ origin: string; close: () => void }> {
  const port = await freePort();
  const html = `<!doctype html><html lang="en"><title>Foreign</title>
    <iframe name="frame"></iframe>
    <form id="form" method="post" enctype="text/plain" target="frame" action="${stack.api}/prior-auth/submit"><input name='{"a":"' value='"}'></form>`;
  const server = createServer((_request, response) => void response.setHeader('content-type', 'text/html').end(html));
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return { origin: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

describe('a page of another origin, in a real browser', () => {
  test('can neither read, nor submit, nor move a counter, by either port', async (t) => {
    const browser = await openBrowser(t);
    const foreign = await foreignPage();
    t.onTestFinished(foreign.close);
    const quiet = await counters();
    const { page } = await browser.newPage(foreign.origin);
    await page.goto('/');
    const line = { _aws: { Timestamp: 1, CloudWatchMetrics: [] }, event_id: crypto.randomUUID() };
    const seen = await page.evaluate(
      async ({ api, lambda, submission, line }) => {
        const attempt = (url: string, init: RequestInit) =>
          fetch(url, init).then(
            async (answer) => `${answer.type} ${answer.status} ${await answer.text()}`,
            () => 'blocked',
          );
        const body = JSON.stringify(submission);
        const text = { 'content-type': 'text/plain' };
        const json = { 'content-type': 'application/json' };
        return [
          await attempt(`${api}/prior-auth/PA-00001`, {}),
          await attempt(`${api}/prior-auth/PA-00001`, { credentials: 'include' }),
          await attempt(`${api}/metrics`, {}),
          await attempt(`${api}/prior-auth/submit`, { method: 'POST', headers: json, body }),
          await attempt(`${api}/prior-auth/submit`, { method: 'POST', mode: 'no-cors', headers: text, body }),
          await attempt(lambda, { method: 'POST', mode: 'no-cors', headers: text, body: JSON.stringify(line) }),
          await attempt(lambda, { method: 'POST', headers: { authorization: 'AWS4-HMAC-SHA256 x' }, body: '{}' }),
        ];
      },
      { api: stack.api, lambda: `${stack.lambda}${INVOCATION}`, submission: SUBMISSION, line },
    );
    // An opaque answer has status 0 and no text: the page learns nothing from it.
    for (const answer of seen) assert.match(answer, /^(blocked|opaque 0 )$/);
    await page.evaluate('form.submit()');
    await page.waitForTimeout(500);
    // One of our own, so that what was counted before it is counted by now.
    const successes = await series(stack, 'prior_auth_requests_total{status="success"}');
    assert.equal((await submit(stack)).status, 201);
    await until(
      async () => (await series(stack, 'prior_auth_requests_total{status="success"}')) === successes + 1,
      WAIT_MS,
      () => 'not counted',
    );
    const moved = (await counters()).split('\n').filter((one) => !quiet.includes(one));
    assert.deepEqual(moved.map((one) => one.split(' ')[0]).sort(), [
      'prior_auth_bridge_events_total{outcome="counted"}',
      'prior_auth_requests_total{status="success"}',
    ]);
  });
});
