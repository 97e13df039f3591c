/**
 * Panels and variables put together to a dashboard, in the classic model: the one that provisioning from files reads in
 * every Grafana since 10. The SDK would rather have the new one, which dashboards made for a screen of one's own need.
 */
/* eslint-disable @typescript-eslint/no-deprecated */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  type Dashboard,
  type DashboardLink,
  type Panel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { SERVICE } from '../../../functions/contract/catalogue.ts';
import { PROMETHEUS, TAG } from './uids.ts';

export interface Row {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

interface Outline {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** How often an open page asks anew, such as `15s`; empty for what does not change while it is read. */
  readonly refresh: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly rows: readonly Row[];
}

/** Of pages that show metrics: as often as Prometheus scrapes. */
export const EVERY_SCRAPE = '15s';

/** The scrape job: this machine's API, or a deployed one that the same Prometheus scrapes. */
export const JOB = new QueryVariableBuilder('job')
  .label('Job')
  .datasource(PROMETHEUS)
  .query('label_values(prior_auth_build_info, job)')
  .current({ text: SERVICE, value: SERVICE })
  .refresh(VariableRefresh.OnDashboardLoad);

export function dashboard({ uid, title, description, refresh, variables, rows }: Outline): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(
      `${description} Generated: change its source in local/monitoring/grafana/dashboards, then \`npm run generate\`.`,
    )
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-1h', to: 'now' })
    .refresh(refresh)
    .variables([...variables])
    .link(
      new DashboardLinkBuilder('Prior authorization').type(DashboardLinkType.Dashboards).tags([TAG]).keepTime(true),
    );
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  return finish(builder.build());
}

/** What the SDK leaves out or puts in: panels are told apart by a number, and its links hide in a menu. */
function finish(built: Dashboard): Dashboard {
  return {
    ...built,
    links: (built.links ?? []).map(inSight),
    panels: (built.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 })),
  };
}

function inSight(link: DashboardLink): DashboardLink {
  delete link.placement;
  return link;
}
