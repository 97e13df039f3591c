/** What Prometheus evaluates: recording rules and alerts, as its rule files spell them. */
import type { Severity } from '../slo.ts';

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold without a break; fires at once where absent. */
  readonly for?: string;
  readonly labels: { readonly severity: Severity; readonly slo?: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

export interface Group {
  readonly name: string;
  readonly rules: readonly (RecordingRule | Alert)[];
}

/**
 * Where the runbook can be read. A path inside the repository until it is published somewhere: then write its address
 * here.
 */
const RUNBOOK = 'docs/runbook.md';

interface AlertText {
  /** What is wrong, in a line. */
  readonly summary: string;
  /** What was measured; may use `{{ $value }}` and `{{ $labels.… }}`. */
  readonly description: string;
}

/** An alert whose runbook is the paragraph of docs/runbook.md that is headed by its name. */
export function alert(name: string, rule: Omit<Alert, 'alert' | 'annotations'>, text: AlertText): Alert {
  return { alert: name, ...rule, annotations: { ...text, runbook_url: `${RUNBOOK}#${name.toLowerCase()}` } };
}
