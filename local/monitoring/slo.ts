/**
 * What the service promises, and how fast the allowance for failure may be used up before somebody is told. Pure data:
 * the rules of Prometheus and the dashboards read it.
 */

/** The days that an error budget lasts: the share of submits that may be bad is meant over these. */
export const BUDGET_WINDOW = '30d';

/** A promise on submits. `objective` is the share of them, 0 to 1, that must be good. */
export interface Slo {
  readonly name: 'availability' | 'latency';
  readonly objective: number;
  /** What a bad submit is, for a person to read. */
  readonly bad: string;
}

/**
 * A submit that the service itself failed (`status="error"`, a 5xx) is bad; a refusal that is the caller's fault is
 * good.
 */
export const AVAILABILITY = { name: 'availability', objective: 0.999, bad: 'answered 5xx' } as const satisfies Slo;

/** In seconds, and a bound of DURATION_BUCKETS: a share below anything else would be an estimate. */
export const LATENCY_THRESHOLD_SECONDS = 1;
export const LATENCY = {
  name: 'latency',
  objective: 0.99,
  bad: `slower than ${LATENCY_THRESHOLD_SECONDS} s`,
} as const satisfies Slo;

/** Somebody is woken, or somebody looks on the next working day. */
export type Severity = 'page' | 'ticket';

/**
 * One pair of windows (https://sre.google/workbook/alerting-on-slos/, table 5-8). `factor` is how many times faster
 * than evenly over BUDGET_WINDOW the budget goes; the long window says that it matters, the short one that it still
 * goes on.
 */
export interface Burn {
  readonly factor: number;
  readonly long: string;
  readonly short: string;
  readonly severity: Severity;
}

export const BURNS = [
  { factor: 14.4, long: '1h', short: '5m', severity: 'page' },
  { factor: 6, long: '6h', short: '30m', severity: 'page' },
  { factor: 3, long: '1d', short: '2h', severity: 'ticket' },
  { factor: 1, long: '3d', short: '6h', severity: 'ticket' },
] as const satisfies readonly Burn[];
