import type { Hop, Finding } from './hop.ts';
import { checkApi, type Marked } from './hops/api.ts';
import { judgeAudit } from './hops/audit.ts';
import { checkBridge } from './hops/bridge.ts';
import { checkDashboards } from './hops/dashboards.ts';
import { checkDataSource, DATA_SOURCES } from './hops/data-source.ts';
import { checkGrafana } from './hops/grafana.ts';
import { checkLine } from './hops/line.ts';
import { checkMetrics } from './hops/metrics.ts';
import { checkOtlp } from './hops/otlp.ts';
import { checkPrometheus } from './hops/prometheus.ts';
import { checkRow } from './hops/row.ts';
import { checkTrace } from './hops/trace.ts';
import { scrapePatienceMs } from './patience.ts';
import type { System } from './system.ts';

export interface Reports {
  readonly hop: (hop: Hop) => void;
  /** Called while something is waited for. */
  readonly waiting: (waitingFor: string) => void;
}

/** What was followed. */
export interface Course {
  readonly hops: readonly Hop[];
  /** Undefined when nothing could be sent. */
  readonly marked: Marked | undefined;
}

/**
 * Follows one request through the system. From the API on the ways of its line (bridge, `/metrics`, Prometheus) and of
 * its trace part, and each is followed to its first broken hop; Grafana stands beside both.
 */
export async function examine(system: System, reports: Reports): Promise<Course> {
  const started = performance.now();
  const hops: Hop[] = [];
  /** A hop needs what an earlier one found; where that is undefined it is not reached. */
  async function visit<F, T>(name: string, from: F | undefined, check: (from: F) => Finding<T> | Promise<Finding<T>>) {
    const finding = from === undefined ? undefined : await check(from);
    const hop = toHop(name, finding);
    hops.push(hop);
    reports.hop(hop);
    return finding?.state === 'passed' ? finding.found : undefined;
  }

  const answered = await visit('API', system, checkApi);
  const row = await visit('database row', answered, (from) => checkRow(system, from));
  const head = await visit('audit event', row, judgeAudit);
  const marked = answered !== undefined && 'marked' in answered ? answered.marked : undefined;

  const logged = await visit('EMF line', marked, (from) => checkLine(system, from, head));
  // Looked for at once, so that it is seen when it comes, and told in its turn.
  const exporting = marked && checkOtlp(system, marked, logged?.line);
  const known = marked && logged && { marked, logged };
  const delivered = await visit('bridge', known, (from) => checkBridge(system, from.marked, from.logged));
  const goal = await visit('/metrics', delivered && marked, (from) => checkMetrics(system, from));
  await visit('Prometheus', goal && marked && { goal, marked }, (from) => {
    const patienceMs = scrapePatienceMs(performance.now() - started);
    return checkPrometheus(system, from.marked, from.goal, patienceMs, reports.waiting);
  });

  const exported = await visit('OTLP receiver', exporting, (from) => from);
  await visit('Jaeger API', exported && marked && { exported, marked }, (from) =>
    checkTrace(system, from.marked, from.exported),
  );

  const ask = await visit('Grafana', system, checkGrafana);
  if (hops.at(-1)?.state !== 'absent') {
    const checks = DATA_SOURCES.map((source) => ({ name: source.name, finding: ask && checkDataSource(ask, source) }));
    for (const { name, finding } of checks) await visit(`Grafana → ${name}`, finding, (from) => from);
  }
  await visit('dashboards', true, () => checkDashboards(ask));
  return { hops, marked };
}

function toHop(name: string, finding: Finding<unknown> | undefined): Hop {
  if (finding === undefined) return { name, state: 'not reached', observed: 'not reached' };
  const { state, observed } = finding;
  if (finding.state === 'broken')
    return { name, state, observed, diagnosis: { cause: finding.cause, fix: finding.fix } };
  return { name, state, observed, delay: finding.state === 'passed' ? finding.delay : undefined };
}
