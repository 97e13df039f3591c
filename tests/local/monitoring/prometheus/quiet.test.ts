/**
 * Nothing fires where nothing is wrong: on no data at all, on a system that nobody uses, and on the examples of the
 * README.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { stringify } from 'yaml';
import type { MetricName } from '../../../../functions/contract/catalogue.ts';
import { render } from '../../../../functions/series/exposition.ts';
import { aggregate, type Sample } from '../../../../functions/series/samples.ts';
import type { Series } from '../../../../functions/series/series.ts';
import { requireTool } from '../../../tools.ts';
import { ALERTS, promtool, RECORDINGS, RULE_FILES } from './promtool.ts';

const HOURS = 8;

interface Input {
  readonly series: string;
  readonly values: string;
}

/**
 * Rules that must say nothing at the end of eight hours, and alerts that may not even have been pending within them.
 */
function assertNothing(t: TestContext, input: readonly Input[], expressions: readonly string[]): void {
  const program = requireTool('promtool', t);
  if (program === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-rules-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'quiet.yml');
  const nothing = expressions.map((expr) => ({ expr, eval_time: `${HOURS}h`, exp_samples: [] }));
  const tests = [{ interval: '1m', input_series: input, promql_expr_test: nothing }];
  writeFileSync(file, stringify({ rule_files: RULE_FILES, evaluation_interval: '10m', tests }));
  const { code, output } = promtool(program, 'test', 'rules', file);
  assert.equal(code, 0, output);
}

/** Each sample of an exposition as an input series that changes from `before` to `after` at the fourth hour. */
function change(before: string, after: string): Input[] {
  const later = new Map(samplesOf(after));
  const up = { series: 'up{job="prior-auth-api",instance="127.0.0.1:8000"}', values: `1x${60 * HOURS}` };
  const inputs = samplesOf(before).map(([name, value]) => ({
    series: name.includes('{')
      ? name.replace('{', '{job="prior-auth-api",instance="127.0.0.1:8000",')
      : `${name}{job="prior-auth-api",instance="127.0.0.1:8000"}`,
    values: `${value}x239 ${later.get(name) ?? value}x${60 * HOURS}`,
  }));
  return [up, ...inputs];
}

function samplesOf(exposition: string): [string, string][] {
  const lines = exposition.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const space = line.lastIndexOf(' ');
    return [line.slice(0, space), line.slice(space + 1)];
  });
}

const gauge = (metric: MetricName, value: bigint, labels = {}): Series => ({ metric, labels, value });
/** What `/metrics` adds at each scrape. */
const SCRAPED = [
  gauge('prior_auth_build_info', 1n, { version: '1', node: '24' }),
  gauge('prior_auth_uncounted_requests', 0n),
];
const FRESH = render(SCRAPED, 'text');

function submit(status: 'success' | 'validation_error', seconds: number, samples: Sample[] = []): Sample[] {
  return [
    { metric: 'prior_auth_requests_total', labels: { status }, value: 1 },
    { metric: 'prior_auth_request_duration_seconds', labels: { status }, value: seconds },
    { metric: 'prior_auth_bridge_events_total', labels: { outcome: 'counted' }, value: 1 },
    ...samples,
  ];
}

const failed = (field: string): Sample => ({
  metric: 'prior_auth_validation_failures_total',
  labels: { field },
  value: 1,
});
/** A normal request, in a new environment, the slow one and a malformed one: `npm run demo`. */
const DEMO = [
  ...submit('success', 0.04, [
    { metric: 'prior_auth_cold_starts_total', labels: { function_name: 'submit' }, value: 1 },
  ]),
  ...submit('success', 2.05),
  ...submit('validation_error', 0.01, ['member_id', 'provider_npi', 'diagnosis_code'].map(failed)),
];

const ever = `count_over_time(ALERTS[${HOURS}h])`;

describe('without anything wrong', () => {
  test('no rule finds anything, or fails, where there is no data, but the one that looks for missing data', (t) => {
    const alerts = ALERTS.filter(({ alert }) => alert !== 'PriorAuthTargetAbsent').map(({ expr }) => expr);
    assertNothing(t, [], [...alerts, ...RECORDINGS.map(({ expr }) => expr)]);
  });

  test('no alert is even pending, and no share recorded, on a fresh system that nobody uses', (t) => {
    assertNothing(t, change(FRESH, FRESH), [ever, '{__name__=~"job:prior_auth_bad_submits:ratio_rate.+"}']);
  });

  test('no alert is even pending after one demo, or five of them at once', (t) => {
    for (const times of [1, 5]) {
      const samples = Array.from({ length: times }, () => DEMO).flat();
      // The bridge's last success is the moment of the change, in microseconds.
      const counted = gauge('prior_auth_bridge_last_success_timestamp_seconds', BigInt(4 * 3600) * 1_000_000n);
      assertNothing(t, change(FRESH, render([...SCRAPED, ...aggregate(samples), counted], 'text')), [ever]);
    }
  });
});
