import { Failure } from '../failure.tsx';
import { note, usePlace } from '../location.tsx';
import type { Charts } from '../../contract.ts';
import { Chart } from './chart.tsx';
import { chooseRange, RANGES, type RangeName } from './range.ts';
import { useCharts } from './use-charts.ts';

/** What happened in the last hour, by the counters and histograms of /metrics. */
export function MetricsView() {
  const { charts, failure } = useCharts();
  const { query } = usePlace();
  const range = chooseRange(query.get('range'), charts?.times ?? []);
  return (
    <>
      <div class="metrics-head">
        <h1>Metrics</h1>
        <RangeChoice range={range} />
      </div>
      <Failure
        message={failure ?? (charts?.failure == null ? undefined : `No scrape of /metrics: ${charts.failure}`)}
      />
      {charts === undefined ? null : <Grid charts={charts} seconds={RANGES[range]} />}
    </>
  );
}

function RangeChoice({ range }: { range: RangeName }) {
  return (
    <div class="ranges" role="group" aria-label="Time range">
      {Object.keys(RANGES).map((name) => (
        <button key={name} type="button" aria-pressed={name === range} onClick={() => note(`/monitor?range=${name}`)}>
          {name}
        </button>
      ))}
    </div>
  );
}

function Grid({ charts, seconds }: { charts: Charts; seconds: number }) {
  const common = { times: charts.times, seconds };
  return (
    <div class="charts">
      <Chart {...common} title="Requests by status" unit="per second" series={charts.requests} />
      <Chart {...common} title="Request duration" unit="seconds" series={charts.latency} exemplars={charts.exemplars} />
      <Chart {...common} title="Database operations by type" unit="per second" series={charts.operations} />
      <Chart {...common} title="Validation failures by field" unit="per second" series={charts.failures} />
      <Chart {...common} title="Bridge events by outcome" unit="per second" series={charts.bridge} />
      <Chart {...common} title="Uncounted requests" unit="requests" series={charts.uncounted} />
    </div>
  );
}
