import { App } from 'aws-cdk-lib';
import { readVersion } from './assets.ts';
import { acknowledge } from './checks/acknowledgements.ts';
import { addChecks } from './checks/checks.ts';
import { readSettings } from './settings.ts';
import { PriorAuthStack } from './stacks/prior-auth.ts';

/** The stack of one stage, as the context has it, and the checks that a synthesis must pass. */
export function createApp(): PriorAuthStack {
  const app = new App();
  const settings = readSettings(app.node.getAllContext());
  const stack = new PriorAuthStack(app, { settings, version: readVersion() });
  acknowledge(stack, settings);
  addChecks(app);
  return stack;
}
