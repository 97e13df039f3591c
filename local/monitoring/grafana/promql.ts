/** PromQL of the dashboards: the selectors of the rules, narrowed to the scrape job that the dashboard shows. */
import type { MetricName } from '../../../functions/contract/catalogue.ts';

/** Of Grafana: four scrapes, or more where a point on the screen stands for more. */
export const POINT = '$__rate_interval';
/** Of Grafana: all the time that the dashboard shows. */
export const SHOWN = '$__range';

/** A selector with the label `job` added. */
export function ofJob(selector: string): string {
  const [name, matchers] = selector.endsWith('}') ? selector.slice(0, -1).split('{') : [selector];
  return `${name}{${matchers === undefined ? '' : `${matchers},`}job="$job"}`;
}

/** Per second and, of several series, one line for each value of a label; without a label one line in all. */
export function perSecond(selector: string, by?: string): string {
  return `${sum(by)} (rate(${ofJob(selector)}[${POINT}]))`;
}

/** How many were added in a time, by a label or in all. */
export function added(selector: string, window: string, by?: string): string {
  return `${sum(by)} (increase(${ofJob(selector)}[${window}]))`;
}

/** Nothing rather than a division by zero where there is no traffic. */
export function share(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/** @param quantile from 0 to 1 */
export function quantile(quantile: number, histogram: MetricName): string {
  return `histogram_quantile(${quantile}, ${perSecond(`${histogram}_bucket`, 'le')})`;
}

function sum(by: string | undefined): string {
  return by === undefined ? 'sum' : `sum by (${by})`;
}
