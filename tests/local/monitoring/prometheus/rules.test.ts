import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { requireTool } from '../../../tools.ts';
import { ALERTS, promtool, RULE_FILES } from './promtool.ts';

const CASES = globSync(join(import.meta.dirname, 'cases', '*.yml'));

const AlertCase = z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) });
const CaseFile = z.object({ tests: z.array(z.object({ alert_rule_test: z.optional(z.array(AlertCase)) })) });

/** What each alert is tested for: at least one moment at which it fires, and one at which it is quiet. */
function casesByAlert(): Map<string, Set<'fires' | 'quiet'>> {
  const cases = new Map<string, Set<'fires' | 'quiet'>>();
  for (const file of CASES) {
    const { tests } = CaseFile.parse(parse(readFileSync(file, 'utf8')));
    for (const { alertname, exp_alerts } of tests.flatMap((each) => each.alert_rule_test ?? [])) {
      const known = cases.get(alertname) ?? new Set();
      cases.set(alertname, known.add(exp_alerts.length > 0 ? 'fires' : 'quiet'));
    }
  }
  return cases;
}

const KINDS = casesByAlert();

/** The anchors that headings get where Markdown is shown: lower case, spaces to hyphens, without punctuation. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the rules', () => {
  test('are ones that promtool accepts', (t) => {
    const program = requireTool('promtool', t);
    if (program === undefined) return;
    const { code, output } = promtool(program, 'check', 'rules', ...RULE_FILES);
    assert.equal(code, 0, output);
  });

  test('fire and keep quiet as their cases say', (t) => {
    const program = requireTool('promtool', t);
    if (program === undefined) return;
    const { code, output } = promtool(program, 'test', 'rules', ...CASES);
    assert.equal(code, 0, output);
  });

  test('are all told of by name, severity and what was measured', () => {
    const names = ALERTS.map(({ alert }) => alert);
    assert.equal(new Set(names).size, names.length);
    for (const { alert, labels, annotations } of ALERTS) {
      assert.match(alert, /^PriorAuth[A-Z]/);
      assert.match(labels.severity, /^(page|ticket)$/);
      assert.ok(annotations.summary.length > 10 && annotations.description.length > 10, alert);
    }
  });
});

for (const { alert, annotations } of ALERTS) {
  describe(alert, () => {
    test('has a case in which it fires and one in which it is quiet', () => {
      assert.deepEqual([...(KINDS.get(alert) ?? [])].sort(), ['fires', 'quiet']);
    });

    test('has its paragraph in the runbook', () => {
      const [file = '', anchor = ''] = annotations.runbook_url.split('#');
      const runbook = readFileSync(join(resolve(import.meta.dirname, '..', '..', '..', '..'), file), 'utf8');
      assert.ok(anchors(runbook).includes(anchor), annotations.runbook_url);
    });
  });
}
