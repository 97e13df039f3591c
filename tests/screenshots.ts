/**
 * `npm run screenshots`: draws the README's pictures of the two cases of the console from a real run, a warm normal
 * request and the slow one. Run `npm run build` first.
 */
import { resolve } from 'node:path';
import { test } from 'node:test';
import { openBrowser } from './end-to-end/browser.ts';
import { startStack, submit, type Stack } from './end-to-end/stack.ts';

const FOLDER = resolve(import.meta.dirname, '../local/console/screenshots');
const SLOW_MEMBER = { member_id: 'M99999' };
/** Wide enough for the two columns of a request, and no wider: the README shows it smaller. */
const SIZE = { width: 1280, height: 560 };

async function traceOf(stack: Stack, body: object): Promise<string> {
  return (await submit(stack, body)).headers.get('x-trace-id') ?? '';
}

// A test only for its clean-up: browser, stack and folder are removed at the end, come what may.
test('screenshots', async (t) => {
  const stack = await startStack();
  await submit(stack);
  const cases = { normal: await traceOf(stack, {}), slow: await traceOf(stack, SLOW_MEMBER) };
  const browser = await openBrowser(t);
  if (browser === undefined) throw new Error('The pictures are drawn by a chromium on PATH.');
  for (const [name, traceId] of Object.entries(cases)) {
    const { page } = await browser.newPage(stack.traces, SIZE);
    await page.goto(`/trace/${traceId}`);
    await page.getByText('ends with the hash that the log has').waitFor();
    const path = resolve(FOLDER, `${name}.png`);
    await page.screenshot({ path });
    console.log(path);
  }
});
