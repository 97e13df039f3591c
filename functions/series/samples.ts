/** From samples to what they add to each series. Pure. */
import type { MetricName } from './catalogue.ts';
import { metricOf, seriesKey, toMicroseconds, type Exemplar, type Labels, type Series } from './series.ts';

/** What one event says of one series. */
export interface Sample {
  readonly metric: MetricName;
  readonly labels: Labels;
  /** Counter: how much to add, an integer. Histogram and gauge: seconds. Never negative. */
  readonly value: number;
  /** How often it was so; 1 when absent. */
  readonly times?: number;
  readonly exemplar?: Pick<Exemplar, 'traceId' | 'at'> | undefined;
}

interface Sum {
  readonly metric: MetricName;
  readonly labels: Labels;
  value: bigint;
  readonly buckets?: bigint[];
  readonly exemplars?: Record<string, Exemplar>;
}

/** Adds samples up by series. */
export function aggregate(samples: Iterable<Sample>): Series[] {
  const sums = new Map<string, Sum>();
  for (const sample of samples) {
    const key = seriesKey(sample.metric, sample.labels);
    const sum = sums.get(key) ?? start(sample);
    sums.set(key, sum);
    add(sum, sample);
  }
  return [...sums.values()];
}

function start({ metric, labels }: Sample): Sum {
  const definition = metricOf(metric);
  if (definition.type !== 'histogram') return { metric, labels, value: 0n };
  return { metric, labels, value: 0n, buckets: definition.buckets.map(() => 0n).concat(0n), exemplars: {} };
}

function add(sum: Sum, { metric, value, times = 1, exemplar }: Sample): void {
  const definition = metricOf(metric);
  const quantity = definition.type === 'counter' ? BigInt(value) : toMicroseconds(value);
  sum.value += quantity * BigInt(times);
  if (definition.type !== 'histogram' || sum.buckets === undefined || sum.exemplars === undefined) return;
  const index = bucketIndex(definition.buckets, value);
  sum.buckets[index] = (sum.buckets[index] ?? 0n) + BigInt(times);
  if (exemplar !== undefined && exemplar.at >= (sum.exemplars[index]?.at ?? 0)) {
    sum.exemplars[index] = { ...exemplar, value };
  }
}

/** Bounds are inclusive (`le`); what exceeds them all falls into +Inf. */
function bucketIndex(bounds: readonly number[], value: number): number {
  const index = bounds.findIndex((bound) => value <= bound);
  return index === -1 ? bounds.length : index;
}
