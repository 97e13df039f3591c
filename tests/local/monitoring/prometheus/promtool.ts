import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GROUPS } from '../../../../local/monitoring/prometheus/rules.ts';
import type { Alert, RecordingRule } from '../../../../local/monitoring/prometheus/rule.ts';

const ROOT = resolve(import.meta.dirname, '..', '..', '..', '..');

/** The committed rule files. */
export const RULE_FILES = readdirSync(join(ROOT, 'local/monitoring/prometheus/rules')).map((name) =>
  join(ROOT, 'local/monitoring/prometheus/rules', name),
);

const RULES = Object.values(GROUPS).flatMap(({ rules }) => [...rules]);
export const ALERTS = RULES.filter((rule): rule is Alert => 'alert' in rule);
export const RECORDINGS = RULES.filter((rule): rule is RecordingRule => 'record' in rule);

/** Runs promtool; what it said is for the message of a failed assertion. */
export function promtool(program: string, ...args: string[]): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}
