/** What a deployment asks of an account and a region, by its own template and manifest. */
import { App, Stack } from 'aws-cdk-lib';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { parseTemplate, resourcesOf } from '../checks/template.ts';
import { Foundation } from '../constructs/foundation.ts';
import { WildcardPolicies } from '../constructs/wildcard-policies.ts';
import type { Settings } from '../settings.ts';

export interface Demand {
  readonly stack: string;
  readonly database: { readonly engine: string; readonly version: string; readonly instanceClass: string };
  /** The least version of the bootstrap stack, and the parameter of Systems Manager that has it. */
  readonly bootstrap: { readonly version: number; readonly parameter: string };
}

const Cluster = z.object({ Engine: z.string(), EngineVersion: z.string() });
const Instance = z.object({ DBInstanceClass: z.string() });

/** Synthesises what the service stands on, without the functions: for those the bundles would have to be built. */
export function demandOf(settings: Settings, context: Readonly<Record<string, unknown>>): Demand {
  const outdir = mkdtempSync(join(tmpdir(), 'prior-auth-demand-'));
  try {
    const prefix = `prior-auth-${settings.stage}`;
    const app = new App({ outdir, context });
    const stack = new Stack(app, prefix);
    new Foundation(stack, 'Foundation', {
      prefix,
      settings,
      wildcardPolicies: new WildcardPolicies(stack, 'WildcardPolicies', { prefix, xray: false }),
    });
    const artifact = app.synth().getStackByName(prefix);
    const template = parseTemplate(artifact.template);
    const [cluster] = resourcesOf(template, 'AWS::RDS::DBCluster', Cluster);
    const [instance] = resourcesOf(template, 'AWS::RDS::DBInstance', Instance);
    return {
      stack: prefix,
      database: {
        engine: cluster?.properties.Engine ?? '',
        version: cluster?.properties.EngineVersion ?? '',
        instanceClass: instance?.properties.DBInstanceClass ?? '',
      },
      bootstrap: {
        version: artifact.requiresBootstrapStackVersion ?? 0,
        parameter: artifact.bootstrapStackVersionSsmParameter ?? '',
      },
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
