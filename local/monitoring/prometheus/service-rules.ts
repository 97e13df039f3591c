/** Alerts on what the service does: refusals that rise all at once, and environments that start too often. */
import { alert, type Group } from './rule.ts';
import { select } from './selector.ts';

/** A single field that refuses this share of all submits is a client that changed, or a rule of ours that did. */
const SPIKE_SHARE = 0.25;
/** In SPIKE_WINDOW; below it, some person is trying things out. */
const SPIKE_MINIMUM = 20;
const SPIKE_WINDOW = '15m';

/** Of submits that waited for an environment to start. With steady traffic it is far below a hundredth. */
const COLD_START_SHARE = 0.1;
/** In COLD_START_WINDOW; below it, the system just has little to do. */
const COLD_START_MINIMUM = 20;
const COLD_START_WINDOW = '1h';

const failures = `${select('prior_auth_validation_failures_total')}[${SPIKE_WINDOW}]`;
const coldStarts = `${select('prior_auth_cold_starts_total', { function_name: 'submit' })}[${COLD_START_WINDOW}]`;
const submits = (window: string) => `sum by (job) (rate(${select('prior_auth_requests_total')}[${window}]))`;

export const serviceGroup: Group = {
  name: 'prior-auth-service',
  rules: [
    alert(
      'PriorAuthValidationFailureSpike',
      {
        expr: `
sum by (job, field) (rate(${failures}))
  / on (job) group_left ()
${submits(SPIKE_WINDOW)}
  > ${SPIKE_SHARE}
and
sum by (job, field) (increase(${failures})) >= ${SPIKE_MINIMUM}
`,
        for: '5m',
        labels: { severity: 'ticket' },
      },
      {
        summary: 'Many submits are refused because of {{ $labels.field }}',
        description: `{{ $value | humanizePercentage }} of the submits to {{ $labels.job }} in the last ${SPIKE_WINDOW} failed the rule of this field.`,
      },
    ),
    alert(
      'PriorAuthColdStartShareHigh',
      {
        expr: `
sum by (job) (rate(${coldStarts}))
  /
${submits(COLD_START_WINDOW)}
  > ${COLD_START_SHARE}
and
sum by (job) (increase(${coldStarts})) >= ${COLD_START_MINIMUM}
`,
        labels: { severity: 'ticket' },
      },
      {
        summary: 'Many submits wait for a new environment to start',
        description: `{{ $value | humanizePercentage }} of the submits to {{ $labels.job }} in the last ${COLD_START_WINDOW} met a cold start.`,
      },
    ),
  ],
};
