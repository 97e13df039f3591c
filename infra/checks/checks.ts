/** The gate of every synthesis: a finding that nobody acknowledged ends it with an error. */
import { Validations, type App, type IPolicyValidationPlugin } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, ServerlessChecks } from 'cdk-nag';
import { DeploymentChecks } from './deployment-checks.ts';

export function addChecks(app: App): void {
  const checks = [
    new AwsSolutionsChecks(app),
    new HIPAASecurityChecks(app),
    new ServerlessChecks(app),
    new DeploymentChecks(),
  ];
  Validations.of(app).addPlugins(...checks.map(strict));
}

/** A check that throws has checked nothing; the CDK (2.276) would only note that in its report, and go on. */
function strict(check: IPolicyValidationPlugin): IPolicyValidationPlugin {
  return {
    name: check.name,
    validate(context) {
      try {
        return check.validate(context);
      } catch (error) {
        const description = `The check could not be done: ${String(error)}`;
        const app = { constructPath: '', locations: [] };
        const violation = { ruleName: 'CheckFailed', description, severity: 'error', violatingResources: [app] };
        return { success: false, violations: [violation] };
      }
    },
  };
}
