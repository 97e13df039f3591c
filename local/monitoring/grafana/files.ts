import { stringify } from 'yaml';
import { DASHBOARDS } from './all-dashboards.ts';
import { DASHBOARD_PROVIDERS, DATA_SOURCES, escaped } from './provisioning.ts';

const FOLDER = 'local/monitoring/grafana';

/** What Grafana reads, by path from the top of the repository: dashboards and provisioning. */
export function grafanaFiles(): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(DASHBOARDS).map(dashboard)),
    [`${FOLDER}/provisioning/datasources/data-sources.yaml`]: yaml(
      DATA_SOURCES,
      'local/monitoring/grafana/provisioning.ts',
    ),
    [`${FOLDER}/provisioning/dashboards/dashboards.yaml`]: yaml(
      DASHBOARD_PROVIDERS,
      'local/monitoring/grafana/provisioning.ts',
    ),
  };
}

function dashboard([name, built]: [string, object]): [string, string] {
  return [`${FOLDER}/dashboards/${name}.json`, JSON.stringify(built)];
}

function yaml(content: unknown, source: string): string {
  return `# Generated: change ${source}, then \`npm run generate\`.\n${stringify(escaped(content), { lineWidth: 0, blockQuote: 'literal' })}`;
}
