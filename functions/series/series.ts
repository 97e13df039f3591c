import { CATALOGUE, type Metric, type MetricName } from '../contract/catalogue.ts';

export type Labels = Readonly<Record<string, string>>;

/** A trace that explains one observation of a histogram. */
export interface Exemplar {
  readonly traceId: string;
  /** What was observed, in seconds. */
  readonly value: number;
  /** Unix time in milliseconds. */
  readonly at: number;
}

/**
 * A series, or what a batch adds to one. Quantities are integers, microseconds for anything in seconds: sums are exact.
 */
export interface Series {
  readonly metric: MetricName;
  readonly labels: Labels;
  /** Counter: its value. Histogram: the sum of its observations. Gauge: its value. */
  readonly value: bigint;
  /** Histogram only: observations per bucket, not cumulated; one more than the catalogue's bounds, the last is +Inf. */
  readonly buckets?: readonly bigint[];
  /** Histogram only: the exemplar of a bucket that was counted last, by the bucket's index. */
  readonly exemplars?: Readonly<Record<string, Exemplar>>;
}

const MICROSECONDS = 1e6;

/** @param seconds finite and not negative */
export function toMicroseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * MICROSECONDS));
}

/** The catalogue's entry, without the literal types that make its entries hard to compare. */
export function metricOf(name: MetricName): Metric {
  return CATALOGUE[name];
}

export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(CATALOGUE, name);
}

/** Names a series within a batch: one text for one metric and label set, and none for two. */
export function seriesKey(metric: string, labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length > 1) names.sort();
  return names.reduce((key, name) => `${key}\0${name}\0${labels[name] ?? ''}`, metric);
}
