import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { parseSeries } from '../../../../local/demo/what/series.ts';

describe('a reading of /metrics', () => {
  it('has each series by its name and labels as they are written, and in that order', () => {
    const text = [
      '# HELP a_total Help {with="braces"} 9',
      '# TYPE a_total counter',
      'a_total 3',
      'b_total{field="x"} 4.5',
      'b_bucket{le="+Inf"} 7 # {trace_id="abc"} 0.5 1795393305.129',
      '',
    ].join('\n');
    assert.deepEqual(
      [...parseSeries(text)],
      [
        ['a_total', 3],
        ['b_total{field="x"}', 4.5],
        ['b_bucket{le="+Inf"}', 7],
      ],
    );
  });

  it('takes a label value with braces, quotes and spaces for what it is', () => {
    assert.deepEqual([...parseSeries('a{v="} 9 \\" {"} 1')], [['a{v="} 9 \\" {"}', 1]]);
  });

  it('of something that is no exposition is refused, and not taken for counters that stand at nothing', () => {
    assert.throws(() => parseSeries('<!doctype html>\n{"title": "x"}'), /^Error: Line 1 of the exposition/);
  });
});
