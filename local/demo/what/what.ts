import type { Accepted, Example } from '../examples.ts';
import { poll } from '../../client/http.ts';
import { check, type Findings } from '../section.ts';
import type { System } from '../system.ts';
import { expectedMoves, move, movedBuckets, movedCounters, operations, submits, type Bucket } from '../../client/moves.ts';
import { readSeries, type Series } from './series.ts';

const COUNTED_TIMEOUT_MS = 10_000;
const SLOW_SECONDS = 2;

/** The counters that the request moved, waited for. */
export async function explainWhat(system: System, before: Series, example: Example): Promise<Findings> {
  const judge = (after: Series) => judgeMoves(before, after, example);
  return judge(await readUntil(system, (after) => judge(after).checks.every(({ passed }) => passed)));
}

/** Reads `/metrics` until it says what it must, ten seconds long; the last reading is returned either way. */
export function readUntil({ api }: System, isGood: (series: Series) => boolean): Promise<Series> {
  return poll(() => readSeries(api), isGood, COUNTED_TIMEOUT_MS);
}

export function judgeMoves(before: Series, after: Series, example: Example): Findings {
  const buckets = movedBuckets(before, after);
  const counters = movedCounters(before, after).map((series) => line(move(before, after, series), series));
  const checks = [...expectedMoves(example)].map(([series, least]) => {
    const by = move(before, after, series);
    return check(by >= least, `${series} moved by ${by}, not by ${least}.`);
  });
  const durations = buckets.map(({ took, series, over }) => line(took, `${series}  > ${over} s`));
  const rest = example.outcome === 'accepted' ? judgeDuration(buckets, example) : judgeRefusal(before, after);
  return { lines: [...counters, ...durations, ...rest.lines], checks: [...checks, ...rest.checks] };
}

function line(by: number, text: string): string {
  return `${`+${by}`.padStart(3)}  ${text}`;
}

function judgeDuration(buckets: readonly Bucket[], { slow }: Accepted): Findings {
  const over = slow ? SLOW_SECONDS : 0;
  const took = buckets.some((bucket) => bucket.status === 'success' && bucket.upTo > over);
  return { lines: [], checks: [check(took, `No bucket of the duration histogram above ${over} s took the request.`)] };
}

/** Whatever was inserted belongs to submits of somebody else that succeeded meanwhile. */
function judgeRefusal(before: Series, after: Series): Findings {
  const inserts = operations('insert_request');
  const inserted = move(before, after, inserts);
  const succeeded = move(before, after, submits('success'));
  return {
    lines: inserted === 0 ? [line(0, `${inserts}  nothing was stored`)] : [],
    checks: [check(inserted === succeeded, `${inserted} requests were stored while ${succeeded} submits succeeded.`)],
  };
}
