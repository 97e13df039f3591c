import { parseExposition, type Sample } from './exposition.ts';
import { PATIENCE_MS } from '../doctor/patience.ts';
import { isReply, reach, type Unreachable } from '../doctor/no-answer.ts';

/** What `/metrics` answered: its samples, or why there are none. */
export type Reading = Samples | Unreadable;

export interface Samples {
  readonly samples: readonly Sample[];
}
/** No answer, an answer of another status than 200, or one that is no exposition. */
export type Unreadable =
  { readonly unreachable: Unreachable } | { readonly status: number } | { readonly notExposition: string };

/** Reads OpenMetrics, which has exemplars. */
export async function readMetrics(api: string): Promise<Reading> {
  const headers = { accept: 'application/openmetrics-text' };
  const reply = await reach(`${api}/metrics`, PATIENCE_MS.metrics, { headers });
  if (!isReply(reply)) return { unreachable: reply };
  if (reply.status !== 200) return { status: reply.status };
  try {
    return { samples: parseExposition(reply.text) };
  } catch (error) {
    return { notExposition: error instanceof Error ? error.message : String(error) };
  }
}

export function isReadable(reading: Reading): reading is Samples {
  return 'samples' in reading;
}

/** The value of a series, 0 where there is none. */
export function valueOf(reading: Reading, series: string): number {
  return isReadable(reading) ? (reading.samples.find((sample) => sample.series === series)?.value ?? 0) : 0;
}
