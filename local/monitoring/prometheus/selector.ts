/** PromQL selectors in which a metric, label or value that the catalogue does not know is a compile error. */
import type { CATALOGUE, DURATION_BUCKETS, MetricName } from '../../../functions/contract/catalogue.ts';

type LabelsOf<M extends MetricName> = (typeof CATALOGUE)[M]['labels'];
/** Label name to the wanted value; a label that is left out may have any. */
type Wanted<M extends MetricName> = {
  readonly [Label in keyof LabelsOf<M>]?: LabelsOf<M>[Label] extends readonly (infer Value extends string)[]
    ? Value
    : string;
};
type HistogramName = {
  [M in MetricName]: (typeof CATALOGUE)[M]['type'] extends 'histogram' ? M : never;
}[MetricName];

/** A counter or gauge, such as `prior_auth_requests_total{status="error"}`. */
export function select<M extends Exclude<MetricName, HistogramName>>(metric: M, wanted: Wanted<M> = {}): string {
  return metric + braces(wanted);
}

/** The observations of a histogram up to a bound of the catalogue, in seconds. */
export function selectBucket(histogram: HistogramName, le: (typeof DURATION_BUCKETS)[number]): string {
  // Spelt as the exposition spells it.
  return `${histogram}_bucket${braces({ le: Number.isInteger(le) ? `${le}.0` : String(le) })}`;
}

/** All observations of a histogram. */
export function selectCount(histogram: HistogramName): string {
  return `${histogram}_count`;
}

function braces(wanted: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(wanted).map(([label, value = '']) => `${label}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
