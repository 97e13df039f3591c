/** What the manual says of a deployment in figures that can be worked out again here. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { shareOut } from '../../infra/concurrency.ts';
import { readSettings } from '../../infra/settings.ts';

const COSTS = readFileSync(resolve(import.meta.dirname, '../../docs/costs.md'), 'utf8');
/** The rates of the table: idle, 1/s, 100/s, 10,000/s. */
const COLUMNS = 4;

function costs(): string[][] {
  const [, table = ''] = /\n\| \| idle .*\n\|[-:|]+\n([^]*?)\n\n/.exec(COSTS) ?? [];
  return table.split('\n').map((row) =>
    row
      .replace(/[*,]/g, '')
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** By how much a figure may be off, being rounded to the digits that it shows. */
function roundedBy(figure: string): number {
  return /^\d+$/.test(figure) ? 0.5 : 0.005;
}

test('the costs of each rate add up to their sum', () => {
  const rows = costs();
  const sums = rows.find(([name]) => name === 'sum') ?? [];
  assert.equal(rows.length, 13);
  for (let column = 1; column <= COLUMNS; column++) {
    const figures = rows.filter(([name]) => name !== 'sum').map((row) => row[column] ?? '');
    const known = figures.filter((figure) => figure !== '–');
    const sum = known.reduce((total, figure) => total + Number(figure), 0);
    const stated = sums[column] ?? '';
    const most = [...known, stated].reduce((total, figure) => total + roundedBy(figure), 0);
    assert.ok(Math.abs(sum - Number(stated)) <= most, `column ${column}: ${sum.toFixed(2)}, and not ${stated}`);
  }
});

test('what is left to submit is what production leaves to it', () => {
  const { concurrency = 0 } = readSettings({ stage: 'production' });
  const { submit } = shareOut(concurrency);
  assert.ok(COSTS.includes(`production's ${concurrency} reserved executions leave ${submit} to submit`));
});
