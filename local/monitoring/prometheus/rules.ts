/** The rule files of Prometheus, written from the metric catalogue and the objectives of the service. */
import { stringify } from 'yaml';
import { pipelineGroup } from './pipeline-rules.ts';
import type { Group } from './rule.ts';
import { serviceGroup } from './service-rules.ts';
import { sloGroup } from './slo-rules.ts';

export const GROUPS: Readonly<Record<string, Group>> = {
  'slo.yml': sloGroup,
  'service.yml': serviceGroup,
  'pipeline.yml': pipelineGroup,
};

const NOTICE = '# Written by `npm run generate` from local/monitoring/prometheus/*-rules.ts: change it there.\n';

/** The text of each rule file, by its path from the top of the repository. */
export function ruleFiles(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(GROUPS).map(([name, group]) => [
      `local/monitoring/prometheus/rules/${name}`,
      NOTICE + toYaml(group),
    ]),
  );
}

function toYaml(group: Group): string {
  const rules = group.rules.map((rule) => ({ ...rule, expr: `${rule.expr.trim()}\n` }));
  return stringify(
    { groups: [{ ...group, rules }] },
    {
      lineWidth: 0,
      singleQuote: true,
      aliasDuplicateObjects: false,
    },
  );
}
