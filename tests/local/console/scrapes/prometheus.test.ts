import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { STATUSES } from '../../../../functions/contract/catalogue.ts';
import type { Sample as Counted } from '../../../../functions/series/samples.ts';
import type { Charts, ChartSeries } from '../../../../local/console/contract.ts';
import { toCharts } from '../../../../local/console/scrapes/charts.ts';
import { parseExposition } from '../../../../local/client/exposition.ts';
import { exposition, historyOf, submitted, times } from './fixtures.ts';

const SCRAPES = 90;
const GAP = 30;
const FULL_WINDOW = 12;
/** What four significant digits leave open. */
const TOLERANCE = 0.0005;
/**
 * Prometheus 3 leaves out a sample at the very start of a window, so this one begins a second earlier and holds the
 * same samples.
 */
const WINDOW = '61s';

/** Not a rate of them, whose fractions miss a rank that is exactly the edge of a bucket. */
const BUCKETS = 'prior_auth_request_duration_seconds_bucket';

/**
 * What has been counted by each scrape; null for the one that fails. Starts high: near zero `rate` reckons differently.
 */
function scrapes(): (Counted[] | null)[] {
  let seed = 7;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  let all: Counted[] = STATUSES.flatMap((status) =>
    submitted(0.001, { status }).map((sample) =>
      sample.metric === 'prior_auth_requests_total' ? { ...sample, value: 1000 } : { ...sample, times: 1000 },
    ),
  );
  return Array.from({ length: SCRAPES }, (_, index) => {
    const isQuiet = index >= 40 && index < 60;
    const count = isQuiet ? 0 : Math.floor(random() * 6);
    const duration = () => Math.round(Math.exp(random() * 9 - 6) * 1e6) / 1e6;
    const status = () => (random() < 0.8 ? 'success' : 'error');
    all = all.concat(times(count, [null]).flatMap(() => submitted(duration(), { status: status() })));
    return index === GAP ? null : all;
  });
}

/** The unit test of rules that asks for our values, in the JSON that is YAML too. */
function ruleTest(counted: readonly (Counted[] | null)[], charts: Charts): object {
  const series = new Map<string, (number | '_')[]>();
  for (const [index, each] of counted.entries()) {
    for (const { series: name, value } of parseExposition(each === null ? '' : exposition(each))) {
      const values = series.get(name) ?? [];
      series.set(name, [...values, ...times(index - values.length, ['_' as const]), value]);
    }
  }
  return {
    evaluation_interval: '5s',
    tests: [
      {
        interval: '5s',
        input_series: [...series].map(([name, values]) => ({ series: name, values: values.join(' ') })),
        promql_expr_test: expectations(charts),
      },
    ],
  };
}

/** For each scrape with a whole minute before it: elsewhere Prometheus extrapolates. */
function expectations(charts: Charts): object[] {
  const rate = (status: string) => `sum(rate(prior_auth_requests_total{status="${status}"}[${WINDOW}]))`;
  const quantile = (name: string) =>
    `histogram_quantile(0.${name.slice(1)}, sum by (le) (${BUCKETS} - ${BUCKETS} offset 1m))`;
  const hasWholeWindow = (index: number) => ![GAP, GAP + FULL_WINDOW].includes(index) && index >= FULL_WINDOW;
  const expect = ({ name, values }: ChartSeries, expression: (name: string) => string) =>
    values.flatMap((value, index) => (hasWholeWindow(index) ? [expectation(expression(name), index, value)] : []));
  return [
    ...charts.requests.flatMap((series) => expect(series, rate)),
    ...charts.latency.flatMap((series) => expect(series, quantile)),
  ];
}

function expectation(expression: string, index: number, value: number | null): object {
  const deviation = `abs(${expression} - ${value ?? 0})`;
  // NaN is what differs from itself.
  const holds = value === null ? `${expression} != bool ${expression}` : `${deviation} <= bool ${value * TOLERANCE}`;
  return { expr: holds, eval_time: `${index * 5}s`, exp_samples: [{ labels: '{}', value: 1 }] };
}

const promtool = spawnSync('promtool', ['--version']).error === undefined;

test('rates and quantiles are those of Prometheus', { skip: !promtool && 'promtool is not installed' }, (t) => {
  const counted = scrapes();
  const charts = toCharts(historyOf(...counted));
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'charts.yml');
  writeFileSync(file, JSON.stringify(ruleTest(counted, charts)));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, ''], stdout);
});
