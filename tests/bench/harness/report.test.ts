import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isReached, replaceSection, toText } from '../../../bench/harness/report.ts';

test('a goal is reached at its bound, and never by what could not be measured', () => {
  const what = '';
  assert.deepEqual(
    [0.12, 0.13, NaN].map((value) => isReached({ what, value, atMost: 0.12 })),
    [true, false, false],
  );
  assert.deepEqual(
    [50, 49, NaN].map((value) => isReached({ what, value, atLeast: 50 })),
    [true, false, false],
  );
});

test('a section has its notes, tables, goals and circumstances', () => {
  const text = toText(
    {
      title: 'Cold start',
      notes: ['A note.'],
      tables: [{ columns: ['', 'ms'], rows: [['bare', 1]] }],
      goals: [
        { what: 'our layer', value: 0.14, atMost: 0.12 },
        { what: 'lines', value: 60_000, unit: 'lines/s', atLeast: 50_000 },
      ],
    },
    'Somewhere.',
  );
  assert.equal(
    text,
    '## Cold start\n\nA note.\n\n|  | ms |\n| --- | ---: |\n| bare | 1 |\n\n' +
      '- our layer: 0.14 (goal: at most 0.12), **missed**\n' +
      '- lines: 60,000 lines/s (goal: at least 50,000), reached\n\nSomewhere.',
  );
});

test('a section without tables and goals has no empty paragraphs', () => {
  assert.equal(toText({ title: 'Warm', notes: [], tables: [], goals: [] }, 'Somewhere.'), '## Warm\n\nSomewhere.');
});

test('a benchmark that is run again takes the place of its last run, and leaves the others’', () => {
  const first = replaceSection(replaceSection('', 'cold', 'before'), 'warm', 'other');
  const again = replaceSection(first, 'cold', 'new\n\nlonger');
  assert.match(first, /^# Benchmarks\n/);
  assert.equal(again, first.replace('before', 'new\n\nlonger'));
  assert.equal(replaceSection(again, 'cold', 'before'), first);
});

test('the manual has the last results of each', () => {
  const manual = readFileSync(join(import.meta.dirname, '../../../docs/benchmarks.md'), 'utf8');
  for (const title of ['Cold start', 'Warm', 'Submit', 'Bridge', 'Scrape'])
    assert.match(manual, new RegExp(`^## ${title}$`, 'm'));
});

test('what stands around the results stays', () => {
  const manual = `before\n\n<!-- cold -->\n\nold\n\n<!-- end of cold -->\n\nafter\n`;
  assert.equal(replaceSection(manual, 'cold', 'new'), manual.replace('\n\nold\n\n', '\n\nnew\n\n'));
});
