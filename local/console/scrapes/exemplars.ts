import { STATUSES } from '../../../functions/contract/catalogue.ts';
import { parseTraceId } from '../../embedded/traces/trace.ts';
import { toNumber, type Sample } from '../../client/exposition.ts';
import { DURATION_BUCKET } from './groups.ts';
import { thin, type BucketExemplar } from './thin.ts';

const MAX_EXEMPLARS = 1000;
/** Not to one below the most, or every further one would cost a thinning. */
const THINNED_EXEMPLARS = MAX_EXEMPLARS / 2;

/** The requests that the buckets of the duration histogram named, each once, at most 1,000. */
export interface ExemplarLog {
  /**
   * Takes the exemplars of a scrape, but for those of a time before `since` (Unix seconds), and forgets what is before
   * it.
   */
  add(samples: readonly Sample[], since: number): void;
  /** In no order. */
  list(): BucketExemplar[];
}

export function createExemplarLog(): ExemplarLog {
  let seen = new Map<string, BucketExemplar>();
  return {
    add(samples, since) {
      const found = samples.map(toExemplar).filter((exemplar) => exemplar !== undefined);
      for (const exemplar of found) seen.set(keyOf(exemplar), exemplar);
      for (const [key, { at }] of seen) if (at < since) seen.delete(key);
      if (seen.size <= MAX_EXEMPLARS) return;
      seen = new Map(thin([...seen.values()], THINNED_EXEMPLARS).map((each) => [keyOf(each), each]));
    },
    list: () => [...seen.values()],
  };
}

function keyOf({ traceID, bucket }: BucketExemplar): string {
  return `${traceID} ${bucket}`;
}

/**
 * Undefined for a sample without an exemplar, and for an exemplar that has no place on the chart: no trace, time or
 * known status.
 */
function toExemplar({ name, labels, exemplar }: Sample): BucketExemplar | undefined {
  if (name !== DURATION_BUCKET || exemplar?.at === undefined) return undefined;
  const traceID = parseTraceId(exemplar.labels['trace_id'] ?? '');
  const status = STATUSES.find((each) => each === labels['status']);
  if (traceID === undefined || status === undefined) return undefined;
  const bucket = `${status} ${toNumber(labels['le'] ?? '')}`;
  return { traceID, at: exemplar.at, value: exemplar.value, status, bucket };
}
