import assert from 'node:assert/strict';
import { test } from 'vitest';
import { format, toMarkdown } from '../../../bench/harness/table.ts';

test('a table is Markdown, its columns of numbers set to the right', () => {
  const rows = [
    ['bare', 49.94, ''],
    ['a|b', 1234.5, 3],
  ];
  assert.equal(
    toMarkdown({ columns: ['', 'ms', 'added'], rows }),
    ['|  | ms | added |', '| --- | ---: | --- |', '| bare | 49.9 |  |', '| a\\|b | 1,235 | 3 |'].join('\n'),
  );
});

test('a number has three digits that say something, or all before its point', () => {
  const numbers = [0.012345, 1.2345, 12.345, 99.96, 123.45, 999.6, 16_230, 0, -0.5, -1234.6];
  assert.deepEqual(numbers.map(format), [
    '0.0123',
    '1.23',
    '12.3',
    '100',
    '123',
    '1,000',
    '16,230',
    '0',
    '-0.5',
    '-1,235',
  ]);
});

test('what could not be measured is a dash', () => {
  assert.deepEqual([NaN, Infinity].map(format), ['–', '–']);
});
