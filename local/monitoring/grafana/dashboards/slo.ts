/** Whether the promises of local/monitoring/slo.ts are kept, and how fast their allowance for failure is used up. */
import { PercentUnit, Short } from '@grafana/grafana-foundation-sdk/units';
import { select, selectBucket, selectCount } from '../../prometheus/selector.ts';
import {
  AVAILABILITY,
  BUDGET_WINDOW,
  BURNS,
  LATENCY,
  LATENCY_THRESHOLD_SECONDS,
  type Burn,
  type Slo,
} from '../../slo.ts';
import { dashboard, EVERY_SCRAPE, JOB, type Row } from '../compose.ts';
import { REQUESTS_OF_TIME, TRACES_OF_TIME } from '../links.ts';
import { graph, stat, withLimit } from '../panels.ts';
import { added, ofJob, share, SHOWN } from '../promql.ts';
import { now, overTime } from '../queries.ts';
import { SLO_DASHBOARD } from '../uids.ts';

/** The share of bad submits in a window, as the alerts have it recorded (local/monitoring/prometheus/slo-rules.ts). */
const BAD_SHARE = 'job:prior_auth_bad_submits:ratio_rate';

const DURATION = 'prior_auth_request_duration_seconds';

/** The share of good submits in a window. */
const GOOD: Record<Slo['name'], (window: string) => string> = {
  availability: (window) => {
    const failed = added(select('prior_auth_requests_total', { status: 'error' }), window);
    return `1 - ${share(failed, added(select('prior_auth_requests_total'), window))}`;
  },
  latency: (window) =>
    share(added(selectBucket(DURATION, LATENCY_THRESHOLD_SECONDS), window), added(selectCount(DURATION), window)),
};

const WINDOWS = [
  { window: BUDGET_WINDOW, name: BUDGET_WINDOW },
  { window: SHOWN, name: 'the time shown' },
];

/** 1 - 0.999 is 0.0010000000000000009. */
function budget({ objective }: Slo): number {
  return Number((1 - objective).toPrecision(6));
}

function kept(slo: Slo): Row {
  return {
    title: `${slo.name}: ${slo.objective * 100} % of submits not ${slo.bad}`,
    panels: WINDOWS.flatMap(({ window, name }) => [
      stat(
        {
          title: `Good over ${name}`,
          description: `The share of submits that were not ${slo.bad}.`,
          unit: PercentUnit,
          width: 6,
        },
        [now(GOOD[slo.name](window), 'good')],
      )
        .decimals(3)
        .noValue('no submits'),
      stat(
        {
          title: `Error budget left over ${name}`,
          description:
            'All of it when every submit was good, nothing when the promise is just kept, less when it is broken.',
          unit: PercentUnit,
          width: 6,
        },
        [now(`1 - (1 - (${GOOD[slo.name](window)})) / ${budget(slo)}`, 'left')],
      )
        .noValue('no submits')
        .decimals(1),
    ]),
  };
}

function burnRate(slo: Slo, window: string) {
  return overTime(`${ofJob(`${BAD_SHARE}${window}{slo="${slo.name}"}`)} / ${budget(slo)}`, `over ${window}`);
}

function burning(slo: Slo, { factor, long, short, severity }: Burn) {
  const panel = graph(
    {
      title: `${slo.name}: ${severity} above ${factor}`,
      description: `1 uses the budget up in exactly ${BUDGET_WINDOW}. The alert fires when both lines are above the limit and the bad submits are more than a few.`,
      unit: Short,
      width: 6,
    },
    [burnRate(slo, long), burnRate(slo, short)],
    [TRACES_OF_TIME, REQUESTS_OF_TIME],
  );
  return withLimit(panel, factor);
}

export const slo = dashboard({
  uid: SLO_DASHBOARD,
  title: 'Prior authorization: SLO',
  description: 'Error budgets and burn rates. M99999 is slow by design and spends the latency budget.',
  refresh: EVERY_SCRAPE,
  variables: [JOB],
  rows: [
    kept(AVAILABILITY),
    kept(LATENCY),
    {
      title: 'How many times too fast the error budget goes',
      panels: [AVAILABILITY, LATENCY].flatMap((each) => BURNS.map((burn) => burning(each, burn))),
    },
  ],
});
