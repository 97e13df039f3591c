/**
 * The local log subscription: follows the file that the API writes its lines to and delivers them to the bridge, in
 * order, until the bridge accepts. What it has delivered it notes on disk, so a killed launcher delivers the rest at
 * its next start; what is delivered twice is counted once, by the bridge.
 */
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { earlierLines } from './earlier-lines.ts';
import { matches, toSubscriptionEvent } from './subscription.ts';
import { readLines, sizeOf, type Line } from './tail.ts';

const POLL_MS = 50;
const RETRY_MS = 500;
const BATCH_LINES = 1000;

export interface ShipperOptions {
  /** The file that functions write to. */
  readonly spool: string;
  /** Where the place of the next line to deliver is kept. */
  readonly bookmark: string;
  /** Called with a CloudWatch Logs subscription event; a rejection means: again. */
  readonly deliver: (event: object) => Promise<void>;
  /** The newest lines that an earlier run delivered, oldest first, before any other line. */
  readonly onEarlierLine?: ((line: string) => void) | undefined;
  /** Every further whole line, once per run, as soon as it is read. */
  readonly onLine: (line: string) => void;
  /** Said once when deliveries start to fail, and once when they work again. */
  readonly onTrouble: (message: string) => void;
  /** Between a delivery that was not accepted and the next. */
  readonly retryMs?: number;
}

export interface Shipper {
  /** Waits until what was written before the call is delivered. False when that took longer than `timeoutMs`. */
  drain(timeoutMs: number): Promise<boolean>;
  /** Ends at once. */
  stop(): Promise<void>;
}

export function startShipper(options: ShipperOptions): Shipper {
  const { retryMs = RETRY_MS } = options;
  let next = readBookmark(options);
  let shown = next;
  let isFailing = false;
  const stopping = new AbortController();
  const stopped = once(stopping.signal, 'abort');

  const show = (lines: readonly Line[]) => {
    for (const line of lines) if (line.offset >= shown) options.onLine(line.text);
    shown = Math.max(shown, lines.at(-1)?.end ?? 0);
  };
  const ship = async (): Promise<number> => {
    const lines = readLines(options.spool, next).slice(0, BATCH_LINES);
    const last = lines.at(-1);
    if (last === undefined) return POLL_MS;
    show(lines);
    const events = lines.filter((line) => matches(line.text));
    if (events.length > 0) {
      // A delivery that hangs does not hold up the stop: it is not noted, so it is made again by the next start.
      await Promise.race([options.deliver(toSubscriptionEvent(events, Date.now())), stopped]);
      if (stopping.signal.aborted) return 0;
    }
    next = last.end;
    writeBookmark(options.bookmark, next);
    return 0;
  };
  const attempt = async (): Promise<number> => {
    try {
      const pause = await ship();
      if (isFailing && pause === 0) options.onTrouble('The bridge accepts events again.');
      if (pause === 0) isFailing = false;
      return pause;
    } catch {
      if (!isFailing)
        options.onTrouble('The bridge does not accept events; they wait in the spool and are sent again.');
      isFailing = true;
      return retryMs;
    }
  };
  const loop = async () => {
    // What is only shown does not hold up what must be delivered.
    await showEarlier(options, next, stopping.signal).catch(() => undefined);
    while (!stopping.signal.aborted) {
      await sleep(await attempt(), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = loop();

  return {
    async drain(timeoutMs) {
      const target = sizeOf(options.spool);
      const deadline = Date.now() + timeoutMs;
      while (next < target && Date.now() < deadline) await sleep(POLL_MS / 2);
      return next >= target;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** A chunk in each turn of the event loop, so that tens of thousands of lines hold up nobody. */
async function showEarlier(
  { spool, onEarlierLine }: ShipperOptions,
  until: number,
  signal: AbortSignal,
): Promise<void> {
  if (onEarlierLine === undefined) return;
  for (const lines of earlierLines(spool, until)) {
    if (signal.aborted) return;
    for (const { text } of lines) onEarlierLine(text);
    await turn();
  }
}

/**
 * Where to go on. A bookmark that cannot be read, or lies beyond the spool's end, is of another spool: all of this one
 * is new.
 */
function readBookmark({ bookmark, spool }: ShipperOptions): number {
  const offset = existsSync(bookmark) ? Number(readFileSync(bookmark, 'utf8')) : 0;
  return Number.isSafeInteger(offset) && offset >= 0 && offset <= sizeOf(spool) ? offset : 0;
}

function writeBookmark(file: string, offset: number): void {
  writeFileSync(`${file}.new`, String(offset));
  renameSync(`${file}.new`, file);
}
