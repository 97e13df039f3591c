import { readSettings, type Settings } from '../settings.ts';
import { reach } from './aws.ts';
import { checkBootstrap } from './checks/bootstrap.ts';
import { checkBundles } from './checks/bundles.ts';
import { checkConcurrency } from './checks/concurrency.ts';
import { checkCredentials } from './checks/credentials.ts';
import { checkDatabase } from './checks/database.ts';
import { checkIssuer } from './checks/issuer.ts';
import { checkRegion, FALLBACK } from './checks/region.ts';
import { checkServiceRoles } from './checks/service-roles.ts';
import { checkStack } from './checks/stack.ts';
import { readContext } from './context.ts';
import { demandOf, type Demand } from './demand.ts';
import { faulty, passed, unchecked, type Faulty, type Finding } from './finding.ts';
import type { Options } from './options.ts';
import type { Place } from './settings.ts';

/** A line of the report. */
export interface Check {
  readonly name: string;
  readonly finding: Finding;
}

interface Deployment {
  readonly settings: Settings;
  readonly demand: Demand;
}

/** What must be known to ask about a deployment. */
interface Target extends Deployment {
  readonly account: string;
}

/**
 * Makes all checks; what one of them finds stops only those that cannot be made without it.
 * @param root of the project
 */
export async function preflight({ context }: Options, place: Place, root: string): Promise<Check[]> {
  const deployment = readDeployment(context, root);
  const isBad = 'state' in deployment;
  const { finding: regional, region } = await checkRegion(place);
  const aws = reach(place, region ?? FALLBACK);
  const { finding: identified, account } = await checkCredentials(aws);
  const missing = [
    ...(isBad ? ['a good context'] : []),
    ...(region === undefined ? ['a region'] : []),
    ...(account === undefined ? ['credentials'] : []),
  ];
  const target = isBad || region === undefined || account === undefined ? undefined : { ...deployment, account };
  const ask = (check: (target: Target) => Promise<Finding>) =>
    target === undefined ? unchecked(missing.join(' and ')) : check(target);
  return settle([
    ['context', isBad ? deployment : passed(`stage ${deployment.settings.stage}`)],
    ['bundles', checkBundles(root)],
    ['issuer', isBad ? unchecked('a good context') : checkIssuer(deployment.settings.tokens?.issuer, aws.limitMs)],
    ['region', regional],
    ['credentials', identified],
    ['roles', ask(({ settings }) => checkServiceRoles(aws, settings))],
    ['bootstrap', ask(({ account, demand }) => checkBootstrap(aws, account, demand))],
    ['database', ask(({ demand }) => checkDatabase(aws, demand))],
    ['concurrency', ask(({ settings }) => checkConcurrency(aws, settings))],
    ['stack', ask(({ demand }) => checkStack(aws, demand.stack))],
  ]);
}

function settle(checks: readonly (readonly [string, Finding | Promise<Finding>])[]): Promise<Check[]> {
  return Promise.all(checks.map(async ([name, finding]) => ({ name, finding: await finding })));
}

function readDeployment(assignments: readonly string[], root: string): Deployment | Faulty {
  try {
    const context = readContext(assignments, root);
    const settings = readSettings(context);
    return { settings, demand: demandOf(settings, context) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return faulty(message.replace(/^Invalid context: /, ''), 'Correct it in cdk.json, or by --context key=value.');
  }
}
