/** From samples to what they add to each series. Pure. */
import type { MetricName } from '../contract/catalogue.ts';
import { metricOf, toMicroseconds, type Exemplar, type Labels, type Series } from './series.ts';

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
  const families = new Map<MetricName, Map<string, Sum>>();
  for (const sample of samples) add(sumOf(families, sample), sample);
  return [...families.values()].flatMap((family) => [...family.values()]);
}

/**
 * In two steps, by metric and by label values: to put a key together for each of a thousand samples costs three times
 * as much.
 */
function sumOf(families: Map<MetricName, Map<string, Sum>>, sample: Sample): Sum {
  let family = families.get(sample.metric);
  if (family === undefined) families.set(sample.metric, (family = new Map<string, Sum>()));
  const key = valuesKey(sample.labels);
  let sum = family.get(key);
  if (sum === undefined) family.set(key, (sum = start(sample)));
  return sum;
}

/** Label names are the catalogue's, and the same in all series of a metric. */
function valuesKey(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length > 1) names.sort();
  return names.map((name) => labels[name]).join('\0');
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
