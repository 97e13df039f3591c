import { ExpositionError, parseExposition, type Sample } from './exposition.ts';
import { ask, isRefused, isReply, poll, type Unreachable } from './http.ts';

/** OpenMetrics, which has exemplars. */
const ACCEPT = 'application/openmetrics-text;version=1.0.0';

/** What `/metrics` answered: its samples, or why there are none. */
export type Reading = Readable | Unreadable;

export interface Readable {
  readonly samples: readonly Sample[];
}
/** No answer, an answer of another status than 200, or one that is no exposition. */
export type Unreadable =
  { readonly unreachable: Unreachable } | { readonly status: number } | { readonly notExposition: string };

/** @param signal ends the reading before its time */
export async function readMetrics(api: string, limitMs: number, signal?: AbortSignal): Promise<Reading> {
  const reply = await ask(`${api}/metrics`, limitMs, { headers: { accept: ACCEPT }, signal: signal ?? null });
  if (!isReply(reply)) return { unreachable: reply };
  if (reply.status !== 200) return { status: reply.status };
  try {
    return { samples: parseExposition(reply.text) };
  } catch (error) {
    if (error instanceof ExpositionError) return { notExposition: error.message };
    throw error;
  }
}

/** Reads `/metrics` until it says what it must, or nothing listens; the last reading is returned either way. */
export function waitForMetrics(
  api: string,
  isGood: (reading: Reading) => boolean,
  { patienceMs, limitMs }: { readonly patienceMs: number; readonly limitMs: number },
): Promise<Reading> {
  const isOver = (reading: Reading) => 'unreachable' in reading && isRefused(reading.unreachable);
  return poll(
    () => readMetrics(api, limitMs),
    (reading) => isGood(reading) || isOver(reading),
    patienceMs,
  );
}

export function isReadable(reading: Reading): reading is Readable {
  return 'samples' in reading;
}

/** The value of a series, 0 where there is none. */
export function valueOf(reading: Reading, series: string): number {
  return isReadable(reading) ? (reading.samples.find((sample) => sample.series === series)?.value ?? 0) : 0;
}
