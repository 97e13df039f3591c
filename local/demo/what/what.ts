import { isReadable, waitForMetrics, type Readable, type Reading } from '../../client/metrics.ts';
import type { Followed, Place } from '../../client/follow.ts';
import { move, movedBuckets, movedCounters, operations, submits, type Bucket } from '../../client/moves.ts';
import type { MetricName, Status } from '../../../functions/contract/catalogue.ts';
import type { Accepted, Example } from '../examples.ts';
import { PATIENCE } from '../limits.ts';
import { check, type Findings } from '../section.ts';

const SLOW_SECONDS = 2;

/** The counters that the request moved, waited for. */
export async function explainWhat(
  { api }: Pick<Place, 'api'>,
  { before }: Followed,
  example: Example,
): Promise<Findings> {
  const earlier = requireReadable(before.metrics);
  const judge = (after: Readable) => judgeMoves(earlier, after, example);
  const isCounted = (after: Reading) => isReadable(after) && judge(after).checks.every(({ passed }) => passed);
  return judge(requireReadable(await waitForMetrics(api, isCounted, PATIENCE)));
}

/** @throws Error that says why there is nothing to compare */
function requireReadable(reading: Reading): Readable {
  if (isReadable(reading)) return reading;
  const why =
    'status' in reading
      ? `answers ${reading.status}`
      : 'notExposition' in reading
        ? `answers something else: ${reading.notExposition}`
        : `is not answered (${reading.unreachable.code})`;
  throw new Error(`GET /metrics ${why}, so nothing can be compared.`);
}

/** By how much one submit moves each series; somebody else may be submitting too, so they may move by more. */
function expectedMoves(example: Example): ReadonlyMap<string, number> {
  if (example.outcome === 'accepted') {
    return new Map([
      [submits('success'), 1],
      [operations('generate_request_id'), 1],
      [operations('insert_request'), 1],
      [operations('insert_audit_event'), 3],
      [durations('success'), 1],
      ['prior_auth_npi_check_failures_total' satisfies MetricName, 1],
    ]);
  }
  return new Map([
    [submits('validation_error'), 1],
    ...Object.keys(example.rules).map((field) => [failures(field), 1] as const),
    [durations('validation_error'), 1],
  ]);
}

function failures(field: string): string {
  return `prior_auth_validation_failures_total{field="${field}"}`;
}

function durations(status: Status): string {
  return `prior_auth_request_duration_seconds_count{status="${status}"}`;
}

export function judgeMoves(before: Reading, after: Readable, example: Example): Findings {
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
function judgeRefusal(before: Reading, after: Readable): Findings {
  const inserts = operations('insert_request');
  const inserted = move(before, after, inserts);
  const succeeded = move(before, after, submits('success'));
  return {
    lines: inserted === 0 ? [line(0, `${inserts}  nothing was stored`)] : [],
    checks: [check(inserted === succeeded, `${inserted} requests were stored while ${succeeded} submits succeeded.`)],
  };
}
