import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { STATUSES } from '../../../functions/contract/catalogue.ts';
import { render } from '../../../functions/series/exposition.ts';
import type { Series } from '../../../functions/series/series.ts';
import { ExpositionError, parseExposition, toNumber } from '../../../local/client/exposition.ts';
import { checkExposition } from '../../exposition-checker.ts';
import { exposition, submitted } from '../console/scrapes/fixtures.ts';

function only(text: string) {
  const [sample, ...others] = parseExposition(text);
  assert.equal(others.length, 0);
  return sample;
}

/** The last line of an exposition: a label with an open value. */
function buildInfo(version: string): string {
  const build: Series = { metric: 'prior_auth_build_info', labels: { version, node: '24' }, value: 1n };
  return render([build], 'text').split('\n').at(-2) ?? '';
}

describe('a reading of an exposition', () => {
  it('has name, labels and value of each sample, and its name and labels as they are written', () => {
    const text =
      '# HELP a_total Help {with="braces"} 9\n# TYPE a_total counter\na_total 3\n\nb:c{x="1",y="2"} -4.5e-3\n';
    assert.deepEqual(parseExposition(text), [
      { series: 'a_total', name: 'a_total', labels: {}, value: 3 },
      { series: 'b:c{x="1",y="2"}', name: 'b:c', labels: { x: '1', y: '2' }, value: -0.0045 },
    ]);
  });

  it('has the exemplar of a sample, with and without its time', () => {
    const line = 'b_bucket{le="0.05"} 7 # {trace_id="abc",span_id="d"} 0.04';
    const exemplar = { labels: { trace_id: 'abc', span_id: 'd' }, value: 0.04 };
    assert.deepEqual(only(line)?.exemplar, exemplar);
    assert.deepEqual(only(`${line} 1795393305.129`)?.exemplar, { ...exemplar, at: 1_795_393_305.129 });
    assert.deepEqual(only('b 7 1795393305.129 # {} 1')?.exemplar, { labels: {}, value: 1 });
  });

  it('undoes the escapes of a label value, which may hold braces, quotes and spaces', () => {
    assert.deepEqual(only(String.raw`a{v="} 9 # \" {",w="\\n\n\x"} 1`)?.labels, { v: '} 9 # " {', w: '\\n\n\\x' });
  });

  it('lets pass what it does not need: blanks, a last comma, times, metadata of any kind', () => {
    const text = '# anything\n#\na{x="1",}\t2  1795393305\n# EOF\n';
    assert.deepEqual(only(text), { series: 'a{x="1",}', name: 'a', labels: { x: '1' }, value: 2 });
  });

  it('knows the numbers that are none elsewhere', () => {
    assert.deepEqual(['+Inf', 'Inf', '-Inf'].map(toNumber), [Infinity, Infinity, -Infinity]);
    assert.ok(Number.isNaN(only('a NaN')?.value));
  });

  it('is refused for any line that is no sample, by its number and without its text', () => {
    const lines = [
      '<!doctype html>',
      'a',
      'a 12x',
      'a one',
      'a 1 2 3',
      'a 1 b',
      'a{x="1} 1',
      'a{x=1} 1',
      'a{x} 1',
      'a{x="1"y} 1',
      'a{,} 1',
      '1a 1',
      ' a 1',
      'a 1 # {x=1} 1',
      'a 1 # {x="1"}',
      'a 1 # {x="1"} y',
      'a 1 # {x="1"} 1 y',
    ];
    for (const line of lines) {
      const message = 'Line 3 of the exposition is not a sample.';
      assert.throws(() => parseExposition(`# TYPE a gauge\na 1\n${line}\n`), new ExpositionError(message), line);
    }
  });

  const duration = fc.integer({ min: 0, max: 900_000_000 }).map((microseconds) => microseconds / 1e6);
  const request = fc
    .record({ seconds: duration, status: fc.constantFrom(...STATUSES), trace: fc.option(fc.nat(), { nil: undefined }) })
    .map(({ seconds, status, trace }) => submitted(seconds, { status, ...(trace !== undefined && { trace }) }));

  it('of what /metrics answers is what a strict reader finds there, in both formats', () => {
    fc.assert(
      fc.property(fc.array(request), fc.constantFrom('text' as const, 'openmetrics' as const), (requests, format) => {
        const text = exposition(requests.flat(), format);
        const samples = parseExposition(text);
        const expected = checkExposition(text, format).map((sample, index) => ({
          ...sample,
          series: samples[index]?.series,
        }));
        assert.deepEqual(samples, expected);
      }),
    );
  });

  it('gives back any label value that /metrics writes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (version) => {
        assert.deepEqual(only(buildInfo(version))?.labels, { version, node: '24' });
      }),
    );
  });
});
