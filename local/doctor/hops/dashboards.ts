import { isReply, readJson } from '../../client/http.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { TAG } from '../../monitoring/grafana/uids.ts';
import { ROOT } from '../../machine/settings.ts';
import { logsOf } from '../advice.ts';
import { broken, passed, type Finding } from '../hop.ts';
import { PATIENCE_MS } from '../patience.ts';
import { findUnitFault, type Panel } from '../units.ts';
import type { AskGrafana } from './grafana.ts';

const GENERATED = join(ROOT, 'local', 'monitoring', 'grafana', 'dashboards');

const PanelJson = z.object({
  title: z._default(z.string(), ''),
  targets: z._default(z.array(z.object({ expr: z.optional(z.string()) })), []),
  fieldConfig: z.optional(z.object({ defaults: z.optional(z.object({ unit: z.optional(z.string()) })) })),
});
const PanelOrRow = z.extend(PanelJson, { panels: z._default(z.array(PanelJson), []) });
const Dashboard = z.object({ title: z.string(), panels: z._default(z.array(PanelOrRow), []) });
const Search = z.array(z.object({ uid: z.string() }));
const Stored = z.object({ dashboard: Dashboard });

/** A dashboard as far as it shows metrics. */
export interface Shown {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/**
 * Looks at the dashboards that Grafana has, copies by hand among them, or without one at the files that it would read.
 */
export async function checkDashboards(ask: AskGrafana | undefined): Promise<Finding<undefined>> {
  if (ask === undefined) return judgeDashboards(readGenerated(), 'local/monitoring/grafana/dashboards');
  return judgeDashboards(await readStored(ask), 'Grafana');
}

export function readGenerated(folder = GENERATED): Shown[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.map((name) => toShown(Dashboard.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')))));
}

async function readStored(ask: AskGrafana): Promise<Shown[]> {
  const found = await ask(`/api/search?type=dash-db&tag=${TAG}`, PATIENCE_MS.dashboards / 2);
  const uids = isReply(found) ? (readJson(Search, found) ?? []) : [];
  const stored = await Promise.all(
    uids.map(({ uid }) => ask(`/api/dashboards/uid/${uid}`, PATIENCE_MS.dashboards / 2)),
  );
  return stored.flatMap((reply) => {
    const dashboard = readJson(Stored, reply)?.dashboard;
    return dashboard === undefined ? [] : [toShown(dashboard)];
  });
}

/** A row that is folded up holds its panels. */
export function toShown({ title, panels }: z.infer<typeof Dashboard>): Shown {
  const all = panels.flatMap((panel) => [panel, ...panel.panels]);
  return {
    title,
    panels: all.map(({ title, fieldConfig, targets }) => ({
      title,
      unit: fieldConfig?.defaults?.unit,
      expressions: targets.flatMap(({ expr }) => expr ?? []),
    })),
  };
}

/** @param where they were found */
export function judgeDashboards(dashboards: readonly Shown[], where: string): Finding<undefined> {
  if (dashboards.length === 0) {
    return broken(
      `no dashboard tagged ${TAG} in ${where}`,
      'Grafana has not read local/monitoring/grafana/dashboards.',
      `npm run generate writes them; ${logsOf('grafana')} says why it has not read them.`,
    );
  }
  const faults = dashboards.flatMap(({ title, panels }) =>
    panels.flatMap((panel) => {
      const fault = findUnitFault(panel);
      return fault === undefined ? [] : [`${title}: ${fault}`];
    }),
  );
  if (faults.length > 0) {
    return broken(
      faults.join('; '),
      'The unit is not that of what is measured: the axis counts in billions, or in the wrong magnitude.',
      'Edit the panel → Standard options → Unit: short for counts, seconds (s) for durations; provisioned ones in local/monitoring/grafana, then npm run generate.',
    );
  }
  const panels = dashboards.flatMap((dashboard) =>
    dashboard.panels.filter(({ expressions }) => expressions.length > 0),
  );
  return passed(`${panels.length} panels of ${dashboards.length} dashboards in units that fit (${where})`, undefined);
}
