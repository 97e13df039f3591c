/** Whether the numbers can be trusted: Lambda's environments, the way from log line to series, the scrape. */
import { BigValueColorMode, BigValueTextMode } from '@grafana/grafana-foundation-sdk/common';
import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { CountsPerSecond, PercentUnit, Seconds, Short } from '@grafana/grafana-foundation-sdk/units';
import { select } from '../../prometheus/selector.ts';
import { dashboard, EVERY_SCRAPE, JOB, type Row } from '../compose.ts';
import { graph, stat } from '../panels.ts';
import { added, ofJob, perSecond, share, SHOWN } from '../promql.ts';
import { now, overTime } from '../queries.ts';
import { BRIDGE_DASHBOARD } from '../uids.ts';

const AGE_OF_LAST_SUCCESS = `time() - ${ofJob(select('prior_auth_bridge_last_success_timestamp_seconds'))}`;
/** The bridge hears of every submit within seconds; with no submits it has nothing to do, and this grows in health. */
const OLD_SECONDS = 300;

const NOW: Row = {
  title: 'Now',
  panels: [
    stat({ title: 'Scrape', description: 'Whether /metrics answered the last scrape.', unit: Short, width: 3 }, [
      now(ofJob('up'), '{{job}}'),
    ]).mappings([
      {
        type: MappingType.ValueToText,
        options: { '0': { text: 'down', color: 'red' }, '1': { text: 'up', color: 'green' } },
      },
    ]),
    stat(
      {
        title: 'Uncounted requests',
        description:
          'Committed requests older than five minutes that no log line has counted. 0 in health; reconcile counts them within a minute.',
        unit: Short,
        width: 5,
      },
      [now(ofJob(select('prior_auth_uncounted_requests')), 'uncounted')],
      [1, 'red'],
    ),
    stat(
      {
        title: 'Since the bridge’s last success',
        description:
          'Grows while there are no submits. Growing while there are some: the log subscription does not deliver.',
        unit: Seconds,
        width: 5,
      },
      [now(AGE_OF_LAST_SUCCESS, 'age')],
      [OLD_SECONDS, 'orange'],
    ),
    stat(
      {
        title: 'Quarantined',
        description: 'Log lines that could not be counted, in the time shown.',
        unit: Short,
        width: 3,
      },
      [now(added(select('prior_auth_bridge_events_total', { outcome: 'quarantined' }), SHOWN), 'quarantined')],
      [1, 'red'],
    ),
    stat(
      {
        title: 'Samples dropped',
        description: 'Folded into the overflow series because there were too many series, in the time shown.',
        unit: Short,
        width: 3,
      },
      [now(added(select('prior_auth_series_dropped_total'), SHOWN), 'dropped')],
      [1, 'red'],
    ),
    stat({ title: 'Version', description: 'Of the service and of Node.', unit: Short, width: 5 }, [
      now(ofJob(select('prior_auth_build_info')), '{{version}} on Node {{node}}'),
    ])
      .textMode(BigValueTextMode.Name)
      .colorMode(BigValueColorMode.None),
  ],
};

const LAMBDA: Row = {
  title: 'Lambda',
  panels: [
    graph(
      {
        title: 'Cold starts per second',
        description: 'Environments started, by function.',
        unit: CountsPerSecond,
        width: 12,
      },
      [overTime(perSecond(select('prior_auth_cold_starts_total'), 'function_name'), '{{function_name}}')],
    ),
    graph(
      {
        title: 'Share of submits that start cold',
        description: 'High after a deployment and with little traffic. High all the time: traffic comes in bursts.',
        unit: PercentUnit,
        width: 12,
      },
      [
        overTime(
          share(
            perSecond(select('prior_auth_cold_starts_total', { function_name: 'submit' })),
            perSecond(select('prior_auth_requests_total')),
          ),
          'cold',
        ),
      ],
    ),
  ],
};

const BRIDGE: Row = {
  title: 'Bridge',
  panels: [
    graph(
      {
        title: 'Events per second',
        description:
          'counted is the normal case, duplicate a line delivered again, reconciled a request whose line was lost, quarantined one that cannot be read.',
        unit: CountsPerSecond,
        width: 12,
      },
      [overTime(perSecond(select('prior_auth_bridge_events_total'), 'outcome'), '{{outcome}}')],
    ),
    graph(
      {
        title: 'Since the bridge’s last success',
        description: 'A saw-tooth with traffic, a ramp without.',
        unit: Seconds,
        width: 12,
      },
      [overTime(AGE_OF_LAST_SUCCESS, 'age')],
    ),
  ],
};

const SCRAPE: Row = {
  title: 'Scrape',
  panels: [
    graph(
      {
        title: 'Duration of a scrape',
        description: 'Prometheus gives up after its scrape_timeout.',
        unit: Seconds,
        width: 8,
      },
      [overTime(ofJob('scrape_duration_seconds'), '{{instance}}')],
    ),
    graph({ title: 'Scrapes that answered', description: '1 is up, 0 is down.', unit: Short, width: 8 }, [
      overTime(ofJob('up'), '{{instance}}'),
    ]).max(1),
    graph(
      {
        title: 'Samples of a scrape',
        description: 'The bridge caps the series, and Prometheus refuses a scrape above its sample_limit.',
        unit: Short,
        width: 8,
      },
      [overTime(ofJob('scrape_samples_scraped'), '{{instance}}')],
    ),
  ],
};

export const bridge = dashboard({
  uid: BRIDGE_DASHBOARD,
  title: 'Prior authorization: Lambda and bridge',
  description: 'Whether what is counted can be trusted.',
  refresh: EVERY_SCRAPE,
  variables: [JOB],
  rows: [NOW, LAMBDA, BRIDGE, SCRAPE],
});
