/** Alerts on the measuring itself: while one of these fires, the figures of the service cannot be trusted. */
import { SERVICE } from '../../../functions/contract/catalogue.ts';
import { alert, type Alert, type Group } from './rule.ts';
import { select } from './selector.ts';

/** The job of the service's own `/metrics`, which must always be there. */
const JOB = SERVICE;

/** The bridge counts within seconds; `prior_auth_uncounted_requests` looks at requests older than this. */
const BRIDGE_SILENCE_SECONDS = 300;

const uncounted = select('prior_auth_uncounted_requests');
const reconciled = select('prior_auth_bridge_events_total', { outcome: 'reconciled' });
const quarantined = select('prior_auth_bridge_events_total', { outcome: 'quarantined' });
const lastSuccess = select('prior_auth_bridge_last_success_timestamp_seconds');

export const pipelineGroup: Group = {
  name: 'prior-auth-pipeline',
  rules: [targetDown(), targetAbsent(), bridgeStuck(), uncountedRequests(), quarantineGrowing(), seriesDropped()],
};

function targetDown(): Alert {
  return alert(
    'PriorAuthTargetDown',
    { expr: 'up == 0', for: '2m', labels: { severity: 'page' } },
    {
      summary: '{{ $labels.job }} cannot be scraped',
      description:
        'Prometheus gets no metrics from {{ $labels.instance }}: nothing is measured, and other alerts of this job are blind.',
    },
  );
}

/** Not down, but gone from the configuration, or something else answers: an alert on `up == 0` would never see it. */
function targetAbsent(): Alert {
  const ours = `${select('prior_auth_build_info')}{job="${JOB}"}`;
  return alert(
    'PriorAuthTargetAbsent',
    { expr: `absent(${ours}) unless on (job) up == 0`, for: '5m', labels: { severity: 'page' } },
    {
      summary: 'No target of the job {{ $labels.job }} exposes the metrics of this service',
      description: 'The job is missing from the configuration of Prometheus, or its address is that of something else.',
    },
  );
}

/**
 * Requests are committed (reconcile finds them uncounted) and the bridge is silent, or the uncounted only become more.
 * A bridge that is silent because nobody submits is healthy, and one that has never succeeded has no timestamp at all.
 */
function bridgeStuck(): Alert {
  const expr = `
(
    (
        max by (job) (${uncounted}) > 0
      or
        sum by (job) (increase(${reconciled}[15m])) > 0
    )
  unless
    time() - max by (job) (${lastSuccess}) < ${BRIDGE_SILENCE_SECONDS}
)
or
(
    max by (job) (delta(${uncounted}[15m])) > 0
  and
    max by (job) (min_over_time(${uncounted}[15m])) > 0
)
`;
  return alert(
    'PriorAuthBridgeStuck',
    { expr, for: '5m', labels: { severity: 'page' } },
    {
      summary: 'The bridge does not count what is submitted to {{ $labels.job }}',
      description:
        'Requests are committed and their log lines do not arrive as metrics: counters stand still, alerts on them are blind.',
    },
  );
}

function uncountedRequests(): Alert {
  return alert(
    'PriorAuthUncountedRequests',
    { expr: `max by (job) (${uncounted}) > 0`, for: '10m', labels: { severity: 'ticket' } },
    {
      summary: 'Committed requests stay uncounted',
      description:
        'Requests of {{ $labels.job }} that are older than five minutes and in no counter: {{ $value }}. Reconcile has not caught up.',
    },
  );
}

function quarantineGrowing(): Alert {
  return alert(
    'PriorAuthQuarantineGrowing',
    { expr: `sum by (job) (increase(${quarantined}[15m])) > 0`, labels: { severity: 'ticket' } },
    {
      summary: 'The bridge refuses log lines that it cannot read',
      description:
        'Lines of {{ $labels.job }} that went into quarantine in 15m, and are not counted: about {{ $value | printf "%.0f" }}.',
    },
  );
}

function seriesDropped(): Alert {
  const dropped = select('prior_auth_series_dropped_total');
  return alert(
    'PriorAuthSeriesDropped',
    { expr: `sum by (job) (increase(${dropped}[1h])) > 0`, labels: { severity: 'ticket' } },
    {
      summary: 'The number of series has reached its cap',
      description:
        'Samples of {{ $labels.job }} that were folded into overflow series in 1h: about {{ $value | printf "%.0f" }}.',
    },
  );
}
