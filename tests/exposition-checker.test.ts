import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { checkExposition, valueOf } from './exposition-checker.ts';

const GAUGE = '# HELP g A gauge.\n# TYPE g gauge\n';
const COUNTER = '# HELP c_total A counter.\n# TYPE c_total counter\n';
const HISTOGRAM = '# HELP h A histogram.\n# TYPE h histogram\n';
const BUCKETS = 'h_bucket{le="0.5"} 1\nh_bucket{le="1.0"} 3\nh_bucket{le="+Inf"} 4\nh_sum 5.5\nh_count 4\n';
const EXEMPLAR = ' # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.7 1795393305.129';

describe('the exposition checker accepts what the specifications allow', () => {
  it('reads text', () => {
    const samples = checkExposition(
      `${GAUGE}g{a="x\\"y\\\\z\\n",b=""} -1.5e3\n${COUNTER}c_total 7\n${HISTOGRAM}${BUCKETS}`,
      'text',
    );
    assert.equal(valueOf(samples, 'g', { a: 'x"y\\z\n', b: '' }), -1500);
    assert.equal(valueOf(samples, 'c_total'), 7);
    assert.equal(valueOf(samples, 'h_bucket', { le: '+Inf' }), 4);
    assert.equal(valueOf(samples, 'h_bucket', { le: '7' }), undefined);
  });

  it('reads OpenMetrics', () => {
    const counter = '# HELP c A counter.\n# TYPE c counter\nc_total 7\n';
    const gauge = '# HELP g_seconds A gauge.\n# TYPE g_seconds gauge\n# UNIT g_seconds seconds\ng_seconds 1\n';
    const histogram = HISTOGRAM + BUCKETS.replace('le="1.0"} 3', `le="1.0"} 3${EXEMPLAR}`);
    const samples = checkExposition(`${counter}${gauge}${histogram}# EOF\n`, 'openmetrics');
    const exemplar = { labels: { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' }, value: 0.7, at: 1795393305.129 };
    assert.deepEqual(samples.find((sample) => sample.exemplar)?.exemplar, exemplar);
  });
});

describe('the exposition checker refuses', () => {
  const histogram = (find: string, replacement: string) => HISTOGRAM + BUCKETS.replace(find, replacement);
  const withExemplar = (exemplar: string) => `${histogram('1.0"} 3', `1.0"} 3${exemplar}`)}# EOF\n`;
  const text: readonly [string, string, RegExp][] = [
    ['no newline at the end', `${GAUGE}g 1`, /newline/],
    ['a blank line', `${GAUGE}\ng 1\n`, /blank/],
    ['an empty text', '', /newline/],
    ['# EOF in text', `${GAUGE}g 1\n# EOF\n`, /EOF/],
    ['a free comment', `# hello\n${GAUGE}g 1\n`, /neither/],
    ['no TYPE', '# HELP g A gauge.\ng 1\n', /no HELP and TYPE/],
    ['no HELP', '# TYPE g gauge\ng 1\n', /no HELP and TYPE/],
    ['a sample first', `g 1\n${GAUGE}g 1\n`, /no HELP and TYPE/],
    ['TYPE twice', `${GAUGE}# TYPE g gauge\ng 1\n`, /twice/],
    ['HELP after a sample', '# TYPE g gauge\n# HELP g A.\ng 1\n# HELP g A.\n', /metadata after/],
    ['an unknown type', '# HELP g A.\n# TYPE g thing\ng 1\n', /unknown type/],
    [
      'a UNIT in text',
      '# HELP g_seconds A.\n# TYPE g_seconds gauge\n# UNIT g_seconds seconds\ng_seconds 1\n',
      /misplaced unit/,
    ],
    ['a family in two places', `${GAUGE}g 1\n${COUNTER}c_total 1\n${GAUGE}g{a="1"} 1\n`, /two places/],
    ['a family without samples', GAUGE, /no sample/],
    ['a sample of another family', `${GAUGE}c_total 1\n`, /not of family/],
    ['a series twice', `${GAUGE}g{a="1",b="2"} 1\ng{b="2",a="1"} 1\n`, /duplicate series/],
    ['a label twice', `${GAUGE}g{a="1",a="2"} 1\n`, /label twice/],
    ['a label without quotes', `${GAUGE}g{a=1} 1\n`, /bad labels/],
    ['a bad escape', `${GAUGE}g{a="\\t"} 1\n`, /bad labels/],
    ['a trailing comma', `${GAUGE}g{a="1",} 1\n`, /bad labels/],
    ['a value that is no number', `${GAUGE}g one\n`, /not a sample/],
    ['a counter below zero', `${COUNTER}c_total -1\n`, /not a count/],
    ['a counter that is NaN', `${COUNTER}c_total NaN\n`, /not a count/],
    ['a counter without _total', '# HELP c A.\n# TYPE c counter\nc 1\n', /_total/],
    [
      'an exemplar in text',
      `${HISTOGRAM}${BUCKETS.replace('1.0"} 3', `1.0"} 3${EXEMPLAR}`)}`,
      /no place for an exemplar/,
    ],
    ['le on a gauge', `${GAUGE}g{le="1.0"} 1\n`, /le on/],
    ['falling buckets', histogram('le="1.0"} 3', 'le="1.0"} 0'), /buckets fall/],
    ['half an observation', histogram('le="1.0"} 3', 'le="1.0"} 1.5'), /buckets fall/],
    ['a _count that is not the +Inf bucket', histogram('h_count 4', 'h_count 5'), /_count is not/],
    ['no +Inf bucket', histogram('h_bucket{le="+Inf"} 4\n', ''), /_count is not/],
    ['no _count', histogram('h_count 4\n', ''), /no h_count/],
    ['no _sum', histogram('h_sum 5.5\n', ''), /sum/],
    ['a negative _sum', histogram('h_sum 5.5', 'h_sum -5.5'), /sum/],
    ['bounds out of order', histogram('le="1.0"', 'le="0.25"'), /bounds do not rise/],
    ['a bound twice', histogram('le="1.0"', 'le="0.5"'), /bounds do not rise/],
    ['a bound written as an integer', histogram('le="1.0"', 'le="1"'), /float/],
    ['a bucket of another label set', histogram('h_bucket{le="1.0"', 'h_bucket{a="1",le="1.0"'), /labels differ/],
  ];
  for (const [what, input, message] of text)
    it(what, () => assert.throws(() => checkExposition(input, 'text'), { message }));

  const openmetrics: readonly [string, string, RegExp][] = [
    ['no # EOF', `${GAUGE}g 1\n`, /EOF/],
    ['anything after # EOF', `${GAUGE}g 1\n# EOF\ng{a="1"} 1\n`, /EOF/],
    ['a counter family with _total', `${COUNTER}c_total 1\n# EOF\n`, /not of family|_total/],
    ['a counter sample without _total', '# HELP c A.\n# TYPE c counter\nc 1\n# EOF\n', /not of family/],
    ['a unit that is not in the name', `${GAUGE}# UNIT g seconds\ng 1\n# EOF\n`, /misplaced unit/],
    ['an exemplar on a gauge', `${GAUGE}g 1${EXEMPLAR}\n# EOF\n`, /no place for an exemplar/],
    ['an exemplar above its bucket', withExemplar(' # {trace_id="a"} 1.1 1795393305.129'), /outside its bucket/],
    ['an exemplar below its bucket', withExemplar(' # {trace_id="a"} 0.5 1795393305.129'), /outside its bucket/],
    ['an exemplar without a value', withExemplar(' # {trace_id="a"}'), /not a sample/],
    ['an exemplar with bad labels', withExemplar(' # {trace_id=a} 0.7 1'), /not a sample|bad labels/],
    ['an exemplar longer than 128 characters', withExemplar(` # {trace_id="${'a'.repeat(121)}"} 0.7 1`), /too long/],
  ];
  for (const [what, input, message] of openmetrics) {
    it(`${what} (OpenMetrics)`, () => assert.throws(() => checkExposition(input, 'openmetrics'), { message }));
  }
});
