import * as z from 'zod/mini';
import type { MetricName } from '../contract/catalogue.ts';
import { Refusal } from './refusal.ts';
import { metricOf } from './series.ts';

/**
 * One line is one request: larger figures are nonsense, and enough of them would overflow a bigint and stop the bridge.
 */
export const MAX_COUNT = 1_000_000;
/** Lambda's longest invocation. */
const MAX_SECONDS = 900;
const MAX_TIMES = 1000;
/** EMF's own limit of values per metric. */
const MAX_VALUES = 100;

const Values = z.array(z.number()).check(z.maxLength(MAX_VALUES));
/** EMF's shapes beside a plain number: an array of numbers, a statistic set. */
const SeveralValues = z.union([Values, z.object({ Values, Counts: Values })]);

/**
 * What a metric's value says: pairs of a value and how often it was observed.
 * @throws Refusal for another shape, and for NaN, infinite, negative, absurd or (in a counter) fractional numbers.
 */
export function observations(metric: MetricName, raw: unknown): [value: number, times: number][] {
  const pairs = toPairs(raw);
  const isValid = metricOf(metric).type === 'counter' ? isCount : isDuration;
  if (!pairs.every(([value, times]) => isValid(value) && Number.isInteger(times) && times > 0 && times <= MAX_TIMES)) {
    throw new Refusal('value_invalid');
  }
  return pairs;
}

function toPairs(raw: unknown): [number, number][] {
  if (typeof raw === 'number') return [[raw, 1]];
  const parsed = SeveralValues.safeParse(raw);
  if (!parsed.success) throw new Refusal('value_invalid');
  if (Array.isArray(parsed.data)) return parsed.data.map((value) => [value, 1]);
  const { Values, Counts } = parsed.data;
  if (Values.length !== Counts.length) throw new Refusal('value_invalid');
  return Values.map((each, index) => [each, Counts[index] ?? 0]);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_COUNT;
}

function isDuration(value: number): boolean {
  return value >= 0 && value <= MAX_SECONDS;
}
