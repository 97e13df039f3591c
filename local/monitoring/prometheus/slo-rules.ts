/**
 * The two promises as recorded shares of bad submits, and alerts on the speed at which these use up the error budget.
 */
import { AVAILABILITY, BUDGET_WINDOW, BURNS, LATENCY, LATENCY_THRESHOLD_SECONDS } from '../slo.ts';
import type { Burn, Severity, Slo } from '../slo.ts';
import { alert, type Alert, type Group, type RecordingRule } from './rule.ts';
import { select, selectBucket, selectCount } from './selector.ts';

/**
 * Fewer bad submits than this in the long window are anecdotes for the traces, not a trend: with little traffic a
 * single one is a large share, and the two-second example on a quiet system is half of it.
 */
const MINIMUM_BAD_SUBMITS = 10;

const RATIO = 'job:prior_auth_bad_submits:ratio_rate';
const INCREASE = 'job:prior_auth_bad_submits:increase';

export const sloGroup: Group = {
  name: 'prior-auth-slo',
  rules: [
    ...recordings(AVAILABILITY, availability),
    ...recordings(LATENCY, latency),
    ...alerts(AVAILABILITY, 'PriorAuthAvailability'),
    ...alerts(LATENCY, 'PriorAuthLatency'),
  ],
};

type Quantity = 'rate' | 'increase';

/** PromQL for the submits of a window: those that broke the promise, and all. */
interface Submits {
  readonly bad: string;
  readonly all: string;
}

function availability(quantity: Quantity, window: string): Submits {
  const requests = 'prior_auth_requests_total';
  return {
    bad: sum(quantity, select(requests, { status: 'error' }), window),
    all: sum(quantity, select(requests), window),
  };
}

function latency(quantity: Quantity, window: string): Submits {
  const duration = 'prior_auth_request_duration_seconds';
  const all = sum(quantity, selectCount(duration), window);
  const good = sum(quantity, selectBucket(duration, LATENCY_THRESHOLD_SECONDS), window);
  return { bad: `${all}\n-\n${good}`, all };
}

/** By job: a deployed service that the same Prometheus scrapes has its own budget. */
function sum(quantity: Quantity, selector: string, window: string): string {
  return `sum by (job) (${quantity}(${selector}[${window}]))`;
}

function recordings(slo: Slo, submits: (quantity: Quantity, window: string) => Submits): RecordingRule[] {
  const labels = { slo: slo.name };
  const longs = BURNS.map(({ long }) => long);
  const windows = new Set([...BURNS.map(({ short }) => short), ...longs]);
  const ratios = [...windows].map((window) => {
    const { bad, all } = submits('rate', window);
    // A window without a submit has no share: a division by zero is left out, not recorded as NaN.
    return { record: RATIO + window, expr: `(\n${indent(bad)}\n)\n/\n(${all} > 0)`, labels };
  });
  const increases = longs.map((window) => ({
    record: INCREASE + window,
    expr: submits('increase', window).bad,
    labels,
  }));
  return [...ratios, ...increases];
}

function alerts(slo: Slo, name: string): Alert[] {
  return [
    burnAlert(slo, `${name}BurnFast`, 'page', `Submits are ${slo.bad} so often that the error budget is gone in days`),
    burnAlert(slo, `${name}BurnSlow`, 'ticket', `Submits are ${slo.bad} more often than the error budget allows`),
  ];
}

function burnAlert(slo: Slo, name: string, severity: Severity, summary: string): Alert {
  const burns = BURNS.filter((burn) => burn.severity === severity);
  const expr = burns.map((burn) => burning(slo, burn)).join('\nor\n');
  const budget = `${formatNumber(100 * (1 - slo.objective))} %`;
  const description = `{{ $value | humanizePercentage }} of the submits to {{ $labels.job }} were ${slo.bad}; ${budget} is the budget over ${BUDGET_WINDOW}.`;
  return alert(name, { expr, labels: { severity, slo: slo.name } }, { summary, description });
}

function burning(slo: Slo, { factor, long, short }: Burn): string {
  const which = `{slo="${slo.name}"}`;
  const limit = `${factor} * ${formatNumber(1 - slo.objective)}`;
  return `(
    ${RATIO}${long}${which} > ${limit}
  and
    ${RATIO}${short}${which} > ${limit}
  and
    ${INCREASE}${long}${which} >= ${MINIMUM_BAD_SUBMITS}
)`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}

/** 1 - 0.999 is 0.0010000000000000009. */
function formatNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}
