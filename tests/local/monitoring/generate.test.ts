import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { compare, generate, write } from '../../../local/monitoring/generate.ts';

const ROOT = resolve(import.meta.dirname, '..', '..', '..');
const DASHBOARD = 'local/monitoring/grafana/dashboards/slo.json';
const RULES = 'local/monitoring/prometheus/rules/slo.yml';

const files = await generate();

/** The repository's generated files in a folder of their own. */
function copy(): string {
  const root = mkdtempSync(join(tmpdir(), 'prior-auth-generated-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const path of Object.keys(files)) cpSync(join(ROOT, path), join(root, path));
  return root;
}

test('the committed dashboards, provisioning and rules are what their sources make', () => {
  assert.ok(Object.hasOwn(files, DASHBOARD) && Object.hasOwn(files, RULES), Object.keys(files).join());
  assert.deepEqual(compare(files), [], 'npm run generate');
});

test('a file that was edited, one that is missing and one too many are found, and writing mends all three', () => {
  const root = copy();
  assert.deepEqual(compare(files, root), []);
  appendFileSync(join(root, DASHBOARD), ' ');
  rmSync(join(root, RULES));
  writeFileSync(join(root, 'local/monitoring/grafana/dashboards/old.json'), '{}');
  writeFileSync(join(root, 'local/monitoring/prometheus/rules/old.yml'), '');
  writeFileSync(join(root, 'local/monitoring/grafana/provisioning/datasources/old.yaml'), '');
  const faults = [
    { path: 'local/monitoring/grafana/dashboards/old.json', fault: 'extra' },
    { path: DASHBOARD, fault: 'stale' },
    { path: 'local/monitoring/grafana/provisioning/datasources/old.yaml', fault: 'extra' },
    { path: 'local/monitoring/prometheus/rules/old.yml', fault: 'extra' },
    { path: RULES, fault: 'missing' },
  ];
  const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
  assert.deepEqual(compare(files, root).sort(byPath), faults);
  assert.deepEqual(write(files, root).sort(byPath), faults);
  assert.deepEqual(compare(files, root), []);
});

test('the same is made each time', async () => {
  assert.deepEqual(await generate(), files);
});
