/**
 * The service's metrics as CloudWatch reads them from the EMF lines, by itself: a way that does not need the database.
 */
import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { NAMESPACE, SERVICE, STATUSES, type MetricName, type Status } from '../functions/contract/catalogue.ts';

export const PERIOD = Duration.minutes(5);

/** One status of a metric that the line of a submit has; functions/runtime/wide-event.ts sets the dimensions. */
function ofSubmits(metricName: MetricName, status: Status, statistic: string): Metric {
  return new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { service: SERVICE, status },
    statistic,
    period: PERIOD,
    label: status,
  });
}

/** Submits answered with a status, by the five minutes. */
export function submits(status: Status): Metric {
  return ofSubmits('prior_auth_requests_total', status, Stats.SUM);
}

/** Seconds that accepted submits took. @param percentile 0 to 100 */
export function duration(percentile: number): Metric {
  return ofSubmits('prior_auth_request_duration_seconds', 'success', Stats.percentile(percentile)).with({
    label: `p${percentile}`,
  });
}

/**
 * Of all submits, the share (0 to 1) that the service itself failed. A status that did not occur has no data points.
 */
export function errorShare(): MathExpression {
  const known = Object.fromEntries(STATUSES.map((status) => [status, submits(status)]));
  const total = STATUSES.map((status) => `FILL(${status}, 0)`).join(' + ');
  return new MathExpression({
    expression: `FILL(error, 0) / (${total})`,
    usingMetrics: known,
    period: PERIOD,
    label: 'failed share',
  });
}
