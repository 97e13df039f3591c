/**
 * The wide event as one would write it by Powertools: the metrics on one line, and the request's log line beside it.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { NAMESPACE, SERVICE } from '../../functions/contract/catalogue.ts';
import { addOperation, type WriteEvent } from '../../functions/runtime/wide-event.ts';

export { addOperation };

export function createWriter(): WriteEvent {
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName: SERVICE });
  const logger = new Logger({ serviceName: SERVICE });
  return (event, outcome) => {
    metrics.addDimension('status', event.status ?? 'error');
    metrics.addMetric('prior_auth_requests_total', MetricUnit.Count, 1);
    metrics.addMetric('prior_auth_request_duration_seconds', MetricUnit.Seconds, outcome.durationMs / 1000);
    metrics.publishStoredMetrics();
    logger.info('request', { ...event, ...outcome });
  };
}
