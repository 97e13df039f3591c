/**
 * What the service does: the demonstration's three panels, then rate, errors and duration, each a step from its traces.
 */
import {
  CountsPerSecond,
  OpsPerSecond,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
  Short,
} from '@grafana/grafana-foundation-sdk/units';
import { select } from '../../prometheus/selector.ts';
import { dashboard, EVERY_SCRAPE, JOB, type Row } from '../compose.ts';
import { REQUESTS_OF_TIME, TRACES_OF_TIME } from '../links.ts';
import { graph } from '../panels.ts';
import { perSecond, quantile, share } from '../promql.ts';
import { overTime } from '../queries.ts';
import { SPAN_P95, SPANS_PER_SECOND } from '../span-metrics.ts';
import { SERVICE_DASHBOARD } from '../uids.ts';

const REQUESTS = select('prior_auth_requests_total');
const WAYS_ON = [TRACES_OF_TIME, REQUESTS_OF_TIME];

/** Titles and queries as the FastAPI demonstration has them, so for every job that Prometheus scrapes. */
const DEMONSTRATION: Row = {
  title: 'Totals',
  panels: [
    graph(
      { title: 'Total Prior Auth Requests', description: 'Submits answered, by outcome.', unit: Short, width: 8 },
      [overTime('prior_auth_requests_total', '{{status}}')],
      WAYS_ON,
    ),
    graph(
      {
        title: 'Database Operations',
        description: 'Of all types; a submit takes five: an id, the request, three audit rows.',
        unit: Short,
        width: 8,
      },
      [overTime('sum(prior_auth_database_operations_total)', 'operations')],
    ),
    graph(
      {
        title: 'Validation Failures (should be 0)',
        description: 'Refused submits by the field at fault; one submit may have several.',
        unit: Short,
        width: 8,
      },
      [overTime('prior_auth_validation_failures_total', '{{field}}')],
    ),
  ],
};

const RATE_ERRORS_DURATION: Row = {
  title: 'Rate, errors, duration',
  panels: [
    graph(
      {
        title: 'Submits per second',
        description: 'error is the service’s own failure (5xx); validation_error and conflict are the caller’s.',
        unit: RequestsPerSecond,
        width: 8,
      },
      [overTime(perSecond(REQUESTS, 'status'), '{{status}}')],
      WAYS_ON,
    ),
    graph(
      {
        title: 'Share of submits refused or failed',
        description: 'error spends the error budget, validation_error does not.',
        unit: PercentUnit,
        width: 8,
      },
      (['error', 'validation_error'] as const).map((status) =>
        overTime(share(perSecond(select('prior_auth_requests_total', { status })), perSecond(REQUESTS)), status),
      ),
      WAYS_ON,
    ),
    graph(
      {
        title: 'Duration of a submit',
        description:
          'Each dot is a request: it leads to its trace and its audit trail. M99999 takes two seconds by design.',
        unit: Seconds,
        width: 8,
      },
      [0.5, 0.95, 0.99].map((part) =>
        overTime(quantile(part, 'prior_auth_request_duration_seconds'), `p${part * 100}`).exemplar(part === 0.99),
      ),
      WAYS_ON,
    ),
  ],
};

const DETAIL: Row = {
  title: 'What it is made of',
  panels: [
    graph(
      {
        title: 'Database operations per second',
        description: 'By what took effect in PostgreSQL.',
        unit: OpsPerSecond,
        width: 8,
      },
      [overTime(perSecond(select('prior_auth_database_operations_total'), 'operation_type'), '{{operation_type}}')],
    ),
    graph(
      {
        title: 'Validation failures per second',
        description: 'By field: one that leaps up is a client that has changed, or a rule that has.',
        unit: CountsPerSecond,
        width: 8,
      },
      [overTime(perSecond(select('prior_auth_validation_failures_total'), 'field'), '{{field}}')],
    ),
    graph(
      {
        title: 'NPIs with a wrong check digit per second',
        description: 'Accepted all the same, where NPI_CHECK_DIGIT is warn.',
        unit: CountsPerSecond,
        width: 8,
      },
      [overTime(perSecond(select('prior_auth_npi_check_failures_total')), 'accepted')],
    ),
  ],
};

const SPANS: Row = {
  title: 'From the spans (only where the collector runs)',
  panels: [
    graph({ title: 'Spans per second', description: 'Of the traces that were kept.', unit: OpsPerSecond, width: 12 }, [
      overTime(SPANS_PER_SECOND, '{{span_name}}'),
    ]),
    graph(
      {
        title: 'p95 of each step',
        description:
          'Which step a slow submit spends its time in. Of kept traces only, so slow ones weigh too much when sampling.',
        unit: Seconds,
        width: 12,
      },
      [overTime(SPAN_P95, '{{span_name}}').exemplar(true)],
    ),
  ],
};

export const service = dashboard({
  uid: SERVICE_DASHBOARD,
  title: 'Prior authorization: service',
  description: 'How many submits, how many fail, how long they take.',
  refresh: EVERY_SCRAPE,
  variables: [JOB],
  rows: [DEMONSTRATION, RATE_ERRORS_DURATION, DETAIL, SPANS],
});
