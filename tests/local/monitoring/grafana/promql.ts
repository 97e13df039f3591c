/**
 * What an expression of the dashboards is measured in, worked out from the metric catalogue as a physicist would: a
 * counter is a count, its rate a count per second, two counts divided a bare number. It knows the PromQL that the
 * dashboards use and no more.
 */
import assert from 'node:assert/strict';
import { CATALOGUE, type Metric } from '../../../../functions/contract/catalogue.ts';

/** Exponents: a rate is `{ count: 1, seconds: -1 }`, a share has none. */
export interface Dimension {
  readonly count: number;
  readonly seconds: number;
  /** A point in time, not a time: a graph of it would show billions. */
  readonly isTimestamp?: boolean;
  /** Of a histogram's buckets: what was observed is in seconds. */
  readonly ofDurations?: boolean;
}
export interface Selector {
  readonly name: string;
  /** Label to the value it must have. */
  readonly labels: Readonly<Record<string, string>>;
}
export interface Reading {
  readonly dimension: Dimension;
  readonly selectors: readonly Selector[];
  /** What series are summed by. */
  readonly by: readonly string[];
}

const NUMBER: Dimension = { count: 0, seconds: 0 };
const COUNT: Dimension = { count: 1, seconds: 0 };
const SECONDS: Dimension = { count: 0, seconds: 1 };

/** What is not in the catalogue: Prometheus' own of each scrape, the recorded share of bad submits, the collector's. */
const OTHERS: Readonly<Record<string, Dimension>> = {
  up: COUNT,
  scrape_samples_scraped: COUNT,
  scrape_duration_seconds: SECONDS,
  traces_span_metrics_calls_total: COUNT,
  traces_span_metrics_duration_seconds_bucket: { ...COUNT, ofDurations: true },
};

/** The catalogue's entry of a series; a histogram's series have suffixes, and only a histogram's. */
export function metricOf(name: string): Metric | undefined {
  const metrics: Readonly<Record<string, Metric>> = CATALOGUE;
  const base = name.replace(/_(bucket|count|sum)$/, '');
  const metric = metrics[base];
  return (metric?.type === 'histogram') === (base !== name) ? metric : undefined;
}

function dimensionOf(name: string): Dimension {
  const other = OTHERS[name] ?? (name.startsWith('job:prior_auth_bad_submits:ratio_rate') ? NUMBER : undefined);
  if (other !== undefined) return other;
  const metric = metricOf(name) ?? assert.fail(`no metric ${name}`);
  if (name.endsWith('_bucket')) return { ...COUNT, ofDurations: true };
  if (name.endsWith('_sum')) return SECONDS;
  if (metric.type !== 'gauge' || metric.unit === undefined) return COUNT;
  return { ...SECONDS, isTimestamp: name.includes('_timestamp_') };
}

/**
 * @throws AssertionError where unlike quantities are added, something is divided by what may be 0, or the expression is
 * beyond this reader
 */
export function read(expression: string): Reading {
  const tokens = expression.match(/"[^"]*"|\[[^\]]+\]|[\w:.]+|[^\s\w]/g) ?? [];
  const selectors: Selector[] = [];
  const by: string[] = [];
  let at = 0;

  const peek = () => tokens[at] ?? '';
  const take = (wanted?: string): string => {
    const token = peek();
    if (wanted !== undefined) assert.equal(token, wanted, `${expression}: at ${at}`);
    at += 1;
    return token;
  };

  /** A comparison keeps what is on its left. */
  function comparison(): Dimension {
    const left = sum();
    if (peek() !== '>') return left;
    take();
    sum();
    return left;
  }
  function sum(): Dimension {
    let left = product();
    while (peek() === '-' || peek() === '+') {
      take();
      left = add(left, product());
    }
    return left;
  }
  function product(): Dimension {
    let left = operand();
    while (peek() === '/') {
      take();
      const start = at;
      const right = operand();
      const isGuarded = /^[\d.]+$/.test(tokens[start] ?? '') || tokens.slice(start, at).includes('>');
      assert.ok(isGuarded, `${expression}: divides by what is 0 without traffic`);
      left = { count: left.count - right.count, seconds: left.seconds - right.seconds };
    }
    return left;
  }
  function operand(): Dimension {
    const token = take();
    if (/^[\d.]+$/.test(token)) return NUMBER;
    if (token === '(') return closing(comparison());
    if (token === 'sum') return aggregate();
    if (peek() === '(') return call(token);
    return selector(token);
  }
  function closing(inner: Dimension): Dimension {
    take(')');
    return inner;
  }
  function aggregate(): Dimension {
    if (peek() === 'by') {
      take();
      take('(');
      while (peek() !== ')')
        if (peek() !== ',') by.push(take());
        else take();
      take(')');
    }
    take('(');
    return closing(comparison());
  }
  function call(name: string): Dimension {
    take('(');
    if (name === 'time') return closing({ ...SECONDS, isTimestamp: true });
    if (name === 'histogram_quantile') {
      take();
      take(',');
      const buckets = closing(comparison());
      assert.ok(buckets.ofDurations, `${expression}: a quantile of what has no buckets`);
      return SECONDS;
    }
    const inner = closing(comparison());
    if (name === 'rate') return { ...inner, seconds: inner.seconds - 1 };
    if (name === 'increase') return inner;
    return assert.fail(`${expression}: ${name}()`);
  }
  function selector(name: string): Dimension {
    const labels: Record<string, string> = {};
    if (peek() === '{') {
      take();
      while (peek() !== '}') {
        const label = take();
        take('=');
        labels[label] = take().slice(1, -1);
        if (peek() === ',') take();
      }
      take();
    }
    if (peek().startsWith('[')) take();
    selectors.push({ name, labels });
    return dimensionOf(name);
  }
  function add(left: Dimension, right: Dimension): Dimension {
    assert.deepEqual([left.count, left.seconds], [right.count, right.seconds], `${expression}: adds unlike quantities`);
    const isTimestamp = left.isTimestamp === true && right.isTimestamp !== true;
    return { count: left.count, seconds: left.seconds, isTimestamp };
  }

  const dimension = comparison();
  assert.equal(at, tokens.length, `${expression}: not read to its end`);
  return { dimension, selectors, by };
}
