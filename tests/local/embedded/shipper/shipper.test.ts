import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, test, type TestContext } from 'vitest';
import { linesOf } from '../../../../functions/bridge/subscription.ts';
import { startShipper, type Shipper, type ShipperOptions } from '../../../../local/embedded/shipper/shipper.ts';
import { until, WAIT_MS } from '../../../end-to-end/stack.ts';

const root = mkdtempSync(join(tmpdir(), 'prior-auth-shipper-'));
afterAll(() => rmSync(root, { recursive: true }));

const event = (number: number) => `{"_aws":{"CloudWatchMetrics":[{"Namespace":"PriorAuth"}]},"event_id":"${number}"}`;
const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
const asText = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

/** A spool with a bridge that keeps what it is sent and does with it what `bridge` says. */
function spoolOf(context: TestContext, bridge: () => Promise<void> = () => Promise.resolve()) {
  const folder = mkdtempSync(join(root, 'spool '));
  const files = { spool: join(folder, 'functions.ndjson'), bookmark: join(folder, 'delivered') };
  const seen = {
    deliveries: [] as string[][],
    earlier: [] as string[],
    shown: [] as string[],
    troubles: [] as string[],
  };
  const state = { bridge };
  const start = (overrides: Partial<ShipperOptions> = {}): Shipper => {
    const shipper = startShipper({
      ...files,
      deliver: async (delivery) => {
        seen.deliveries.push(linesOf(delivery).map(({ message }) => message));
        await state.bridge();
      },
      onEarlierLine: (line) => seen.earlier.push(line),
      onLine: (line) => seen.shown.push(line),
      onTrouble: (message) => seen.troubles.push(message),
      ...overrides,
    });
    context.onTestFinished(() => shipper.stop());
    return shipper;
  };
  return { ...files, ...seen, state, start };
}

const refuses = () => Promise.reject(new Error('refused'));
const hangs = () => new Promise<void>(() => undefined);
const arrives = (condition: () => boolean) => until(condition, WAIT_MS, () => 'it did not come about');

describe('the shipper', () => {
  test('delivers what is in the spool and what is added to it, each line once and in order', async (context) => {
    const { spool, deliveries, shown, start } = spoolOf(context);
    const shipper = start();
    writeFileSync(spool, asText(events(1, 3)));
    assert.equal(await shipper.drain(WAIT_MS), true);
    appendFileSync(spool, asText(events(4, 5)));
    assert.equal(await shipper.drain(WAIT_MS), true);
    assert.deepEqual(deliveries.flat(), events(1, 5));
    assert.deepEqual(shown, events(1, 5));
  });

  test('shows every line and delivers those that the subscription matches', async (context) => {
    const { spool, deliveries, shown, start } = spoolOf(context);
    const lines = ['Server ready', event(1), '{"level":"WARN"}', 'stopped'];
    writeFileSync(spool, asText(lines));
    assert.equal(await start().drain(WAIT_MS), true);
    assert.deepEqual([shown, deliveries], [lines, [[event(1)]]]);
  });

  test('delivers at most a thousand lines at once', async (context) => {
    const { spool, deliveries, start } = spoolOf(context);
    const lines = events(1, 2500);
    writeFileSync(spool, asText(lines));
    assert.equal(await start().drain(WAIT_MS), true);
    assert.deepEqual(deliveries.flat(), lines);
    assert.deepEqual(
      deliveries.map(({ length }) => length),
      [1000, 1000, 500],
    );
  });

  test('delivers again until the bridge accepts, shows a line once, and says once that it fails and once that it works', async (context) => {
    const { spool, deliveries, shown, troubles, state, start } = spoolOf(context, refuses);
    writeFileSync(spool, asText(events(1, 2)));
    const shipper = start();
    await arrives(() => deliveries.length === 2);
    appendFileSync(spool, asText([event(3)]));
    state.bridge = () => Promise.resolve();
    assert.equal(await shipper.drain(WAIT_MS), true);
    await arrives(() => troubles.length === 2);
    assert.deepEqual(deliveries.slice(0, 2), [events(1, 2), events(1, 2)]);
    assert.deepEqual(deliveries.at(-1), events(1, 3));
    assert.deepEqual(shown, events(1, 3));
    assert.deepEqual(troubles, [
      'The bridge does not accept events; they wait in the spool and are sent again.',
      'The bridge accepts events again.',
    ]);
  });
});

describe('the next shipper', () => {
  test('goes on where the one before was accepted, and shows nothing again', async (context) => {
    const { spool, deliveries, shown, start } = spoolOf(context);
    writeFileSync(spool, asText(events(1, 2)));
    const first = start();
    await first.drain(WAIT_MS);
    await first.stop();
    appendFileSync(spool, asText(events(3, 4)));
    assert.equal(await start().drain(WAIT_MS), true);
    assert.deepEqual([deliveries.flat(), shown], [events(1, 4), events(1, 4)]);
  });

  test('delivers what the one before could not, so nothing is skipped', async (context) => {
    const { spool, bookmark, deliveries, state, start } = spoolOf(context, refuses);
    writeFileSync(spool, asText(events(1, 2)));
    const first = start();
    await arrives(() => deliveries.length === 1);
    await first.stop();
    assert.equal(existsSync(bookmark), false);
    state.bridge = () => Promise.resolve();
    assert.equal(await start().drain(WAIT_MS), true);
    assert.deepEqual(deliveries, [events(1, 2), events(1, 2)]);
  });

  const BOOKMARKS: [string, string][] = [
    ['that cannot be read', 'half a numb'],
    ['that is empty', ''],
    ['beyond the end of the spool, which is then another one', '100000000'],
    ['before its start', '-5'],
  ];
  for (const [what, content] of BOOKMARKS) {
    test(`begins at the start with a bookmark ${what}`, async (context) => {
      const { spool, bookmark, deliveries, start } = spoolOf(context);
      writeFileSync(spool, asText(events(1, 2)));
      writeFileSync(bookmark, content);
      assert.equal(await start().drain(WAIT_MS), true);
      assert.deepEqual(deliveries.flat(), events(1, 2));
      assert.equal(readFileSync(bookmark, 'utf8'), String(Buffer.byteLength(asText(events(1, 2)))));
    });
  }
});

describe('the lines that an earlier run delivered', () => {
  test('come before all others, in order, and are not delivered again', async (context) => {
    const { spool, bookmark, deliveries, start } = spoolOf(context);
    const delivered = ['Server ready', ...events(1, 10_000)];
    writeFileSync(spool, asText([...delivered, ...events(10_001, 10_002)]));
    writeFileSync(bookmark, String(Buffer.byteLength(asText(delivered))));
    const order: string[] = [];
    const shipper = start({
      onEarlierLine: (line) => order.push(line),
      onLine: (line) => order.push(`now ${line}`),
    });
    assert.equal(await shipper.drain(WAIT_MS), true);
    assert.deepEqual(order, [...delivered, ...events(10_001, 10_002).map((line) => `now ${line}`)]);
    assert.deepEqual(deliveries, [events(10_001, 10_002)]);
  });

  test('are none without a bookmark', async (context) => {
    const { spool, earlier, shown, start } = spoolOf(context);
    writeFileSync(spool, asText(events(1, 2)));
    assert.equal(await start().drain(WAIT_MS), true);
    assert.deepEqual([earlier, shown], [[], events(1, 2)]);
  });

  test('do not hold up the stop', async (context) => {
    const { spool, bookmark, start } = spoolOf(context);
    const text = asText(events(1, 10_000));
    writeFileSync(spool, text);
    writeFileSync(bookmark, String(text.length));
    let lines = 0;
    const shipper = start({ onEarlierLine: () => void (lines += 1) });
    await shipper.stop();
    assert.ok(lines > 0 && lines < 10_000, `${lines} lines`);
  });

  test('do not hold up what must be delivered when they cannot be shown', async (context) => {
    const { spool, bookmark, deliveries, start } = spoolOf(context);
    writeFileSync(spool, asText(events(1, 3)));
    writeFileSync(bookmark, String(Buffer.byteLength(asText(events(1, 1)))));
    const shipper = start({
      onEarlierLine: () => {
        throw new Error('no room');
      },
    });
    assert.equal(await shipper.drain(WAIT_MS), true);
    assert.deepEqual(deliveries, [events(2, 3)]);
  });
});

describe('a drain', () => {
  test('has nothing to wait for where there is no spool', async (context) => {
    assert.equal(await spoolOf(context).start().drain(WAIT_MS), true);
  });

  for (const [what, bridge] of [
    ['refuses', refuses],
    ['hangs', hangs],
  ] as const) {
    test(
      `gives up in time where the bridge ${what}, and the stop after it takes no time`,
      { timeout: WAIT_MS },
      async (context) => {
        const { spool, bookmark, troubles, start } = spoolOf(context, bridge);
        writeFileSync(spool, asText([event(1)]));
        // So long that the test would not see the end of a stop that waits for it.
        const shipper = start({ retryMs: 2 * WAIT_MS });
        const started = Date.now();
        assert.equal(await shipper.drain(200), false);
        const drained = Date.now() - started;
        assert.ok(drained >= 200, `${drained} ms`);
        await shipper.stop();
        assert.equal(existsSync(bookmark), false, 'nothing was accepted');
        assert.equal(troubles.length, what === 'refuses' ? 1 : 0);
      },
    );
  }

  test('does not wait for a line that has no end yet longer than it may', async (context) => {
    const { spool, deliveries, start } = spoolOf(context);
    writeFileSync(spool, asText([event(1)]) + event(2));
    assert.equal(await start().drain(200), false);
    assert.deepEqual(deliveries, [[event(1)]]);
  });
});

test('a shipper that was stopped delivers nothing more', async (context) => {
  const { spool, deliveries, start } = spoolOf(context);
  writeFileSync(spool, asText([event(1)]));
  const shipper = start();
  await shipper.drain(WAIT_MS);
  await shipper.stop();
  appendFileSync(spool, asText([event(2)]));
  await sleep(150);
  assert.deepEqual(deliveries, [[event(1)]]);
});
