import * as z from 'zod/mini';
import { NAMESPACE, type MetricName } from '../contract/catalogue.ts';
import { memoizeByText } from './memoize.ts';
import { Refusal } from './refusal.ts';
import { isMetricName, metricOf } from './series.ts';

/** A metric that a line has as a member, and the members that hold its labels. */
export interface Directed {
  readonly metric: MetricName;
  readonly labels: readonly string[];
}

const Directives = z.array(
  z.object({
    Namespace: z.string(),
    Dimensions: z.array(z.array(z.string())),
    Metrics: z.array(z.object({ Name: z.string() })),
  }),
);

/** A dimension for CloudWatch alone, where metrics of several services stand side by side. */
const SERVICE_DIMENSION = 'service';

/**
 * What the `CloudWatchMetrics` of a line ask for in our namespace; nothing when they are another's.
 * @throws Refusal for another shape, and when metrics or labels are not the catalogue's
 */
export const readDirectives = memoizeByText((json): readonly Directed[] => {
  const parsed = Directives.safeParse(json);
  if (!parsed.success) throw new Refusal('line_malformed');
  const directed = parsed.data
    .filter(({ Namespace }) => Namespace === NAMESPACE)
    .flatMap(({ Dimensions, Metrics }) => Metrics.map(({ Name }) => direct(Name, Dimensions.flat())));
  if (new Set(directed.map(({ metric }) => metric)).size < directed.length) throw new Refusal('metric_unknown');
  return directed;
});

function direct(metric: string, dimensions: readonly string[]): Directed {
  if (!isMetricName(metric) || metricOf(metric).source !== 'event') throw new Refusal('metric_unknown');
  const labels = new Set(dimensions.filter((dimension) => dimension !== SERVICE_DIMENSION));
  if (labels.symmetricDifference(new Set(Object.keys(metricOf(metric).labels))).size > 0) {
    throw new Refusal('labels_unknown');
  }
  return { metric, labels: [...labels] };
}
