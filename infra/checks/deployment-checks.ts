import type { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from 'aws-cdk-lib';
import { readFileSync } from 'node:fs';
import { reachFaults } from './reach.ts';
import { parseTemplate, type Fault, type Template } from './template.ts';
import { timeLimitFaults } from './time-limits.ts';

const RULES: Readonly<Record<string, (template: Template) => Fault[]>> = {
  Reach: reachFaults,
  TimeLimits: timeLimitFaults,
};

/** What no general pack can know of this service, held against the templates that were synthesised. */
export class DeploymentChecks implements IPolicyValidationPlugin {
  readonly name = 'PriorAuth';
  readonly ruleIds = Object.keys(RULES);

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = templatePaths.flatMap((templatePath) => {
      const template = parseTemplate(JSON.parse(readFileSync(templatePath, 'utf8')));
      return Object.entries(RULES).flatMap(([ruleName, check]) =>
        check(template).map(({ resource, text }) => ({
          ruleName,
          description: `${resource} ${text}`,
          severity: 'error',
          violatingResources: [{ resourceLogicalId: resource, templatePath, locations: [] }],
        })),
      );
    });
    return { success: violations.length === 0, violations };
  }
}
