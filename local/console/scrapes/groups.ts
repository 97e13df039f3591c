/** Which series of `/metrics` the charts are drawn from. Pure. */
import {
  BRIDGE_OUTCOMES,
  DURATION_BUCKETS,
  FIELDS,
  OPERATION_TYPES,
  STATUSES,
  type MetricName,
} from '../../../functions/contract/catalogue.ts';
import { toNumber, type Sample } from '../../client/exposition.ts';

/** Samples of one name, told apart by one label; over any other label they are added up. */
export interface Group {
  readonly sample: string;
  /** The label's values, in the catalogue's order. */
  readonly lines: readonly string[];
  readonly lineOf: (labels: Sample['labels']) => string | undefined;
}

const DURATION = 'prior_auth_request_duration_seconds' satisfies MetricName;

export const DURATION_BUCKET = `${DURATION}_bucket`;

/** Upper bounds of the histogram's buckets, in seconds; the last is infinite. */
export const BOUNDS: readonly number[] = [...DURATION_BUCKETS, Infinity];

const UNCOUNTED = 'uncounted requests';

export const GROUPS = {
  requests: {
    sample: 'prior_auth_requests_total' satisfies MetricName,
    lines: STATUSES,
    lineOf: ({ status }) => status,
  },
  /** Over all statuses: how long a request took is asked whatever became of it. */
  buckets: {
    sample: DURATION_BUCKET,
    lines: BOUNDS.map(String),
    // `1.0` and `1` are one bound.
    lineOf: ({ le }) => String(toNumber(le ?? '')),
  },
  operations: {
    sample: 'prior_auth_database_operations_total' satisfies MetricName,
    lines: OPERATION_TYPES,
    lineOf: ({ operation_type }) => operation_type,
  },
  failures: {
    sample: 'prior_auth_validation_failures_total' satisfies MetricName,
    lines: FIELDS,
    lineOf: ({ field }) => field,
  },
  bridge: {
    sample: 'prior_auth_bridge_events_total' satisfies MetricName,
    lines: BRIDGE_OUTCOMES,
    lineOf: ({ outcome }) => outcome,
  },
  uncounted: {
    sample: 'prior_auth_uncounted_requests' satisfies MetricName,
    lines: [UNCOUNTED],
    lineOf: () => UNCOUNTED,
  },
} as const satisfies Record<string, Group>;

/** The value of each line of a group, in the order of its lines; NaN for a line that has no sample. */
export function readGroup({ sample: wanted, lines, lineOf }: Group, samples: readonly Sample[]): number[] {
  const sums = new Map<string | undefined, number>();
  for (const sample of samples) {
    if (sample.name !== wanted) continue;
    const line = lineOf(sample.labels);
    sums.set(line, (sums.get(line) ?? 0) + sample.value);
  }
  return lines.map((line) => sums.get(line) ?? NaN);
}
