import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, test } from 'vitest';
import { staleness } from '../../infra/freshness.ts';

const root = mkdtempSync(join(tmpdir(), 'prior-auth-freshness-'));
afterAll(() => rmSync(root, { recursive: true }));

const EARLIER = new Date(1_000_000);
const BUILT = new Date(2_000_000);
const LATER = new Date(3_000_000);

function write(file: string, time: Date, content = ''): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), content);
  utimesSync(join(root, file), time, time);
}

function build(outputs: Record<string, string[]>): void {
  for (const output of Object.keys(outputs)) write(output, BUILT);
  const described: Record<string, { inputs: Record<string, object> }> = {};
  for (const [output, inputs] of Object.entries(outputs)) {
    described[output] = { inputs: Object.fromEntries(inputs.map((input) => [input, {}])) };
  }
  write('dist/meta.json', BUILT, JSON.stringify({ outputs: described }));
}

test('a folder that was never built, and one that the last build did not make, are named', () => {
  assert.equal(staleness('functions/one', root), 'dist/functions/one is missing');
  write('dist/functions/one/handler.js', EARLIER);
  assert.equal(staleness('functions/one', root), 'dist/functions/one is missing');
  build({ 'dist/functions/other/handler.js': [] });
  assert.equal(staleness('functions/one', root), 'dist/functions/one is not of the last build');
});

test('a bundle is stale when one of its sources is newer or gone, whatever else changed', () => {
  const sources = ['functions/one/handler.ts', 'functions/one/one.ts'];
  for (const source of [...sources, 'functions/other/handler.ts']) write(source, EARLIER);
  build({
    'dist/functions/one/handler.js': ['functions/one/handler.ts'],
    'dist/functions/one/lazy.js': ['functions/one/one.ts'],
    'dist/functions/other/handler.js': ['functions/other/handler.ts'],
  });
  assert.equal(staleness('functions/one', root), undefined);
  write('functions/other/handler.ts', LATER);
  assert.equal(staleness('functions/one', root), undefined);
  write('functions/one/one.ts', LATER);
  assert.equal(staleness('functions/one', root), 'dist/functions/one is older than functions/one/one.ts');
  write('functions/one/one.ts', BUILT);
  assert.equal(staleness('functions/one', root), undefined);
  rmSync(join(root, 'functions/one/handler.ts'));
  assert.equal(staleness('functions/one', root), 'dist/functions/one is older than functions/one/handler.ts');
});
