import { parseArgs } from 'node:util';
import { HELP_OPTION, parseCommand, type Ended } from '../../local/machine/command.ts';

const HELP = `Usage: npm run preflight -- [options]

Checks, before a first deployment, what usually breaks it: the context, the built bundles, credentials and region, the roles of
RDS and ECS, the CDK's bootstrap stack, the database's engine, Lambda's quota, an earlier stack, the issuer of tokens. A line for
each, and below a fault what to do about it. Reads only; changes nothing. Ends with 1 at a fault.

  -c, --context key=value  as for npm run deploy; may be given several times
      --profile name       as for npm run deploy
      --region name        as for npm run deploy
  -h, --help               print this

Context is read as cdk reads it: the command line, then cdk.json, cdk.context.json and ~/.cdk.json.`;

export interface Options {
  /** As given: `stage=sandbox`. */
  readonly context: readonly string[];
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

/** @returns the options, or a text to print and end with (0 for --help, 2 for an argument that is not known). */
export function parseOptions(args: readonly string[]): Options | Ended {
  const parse = () =>
    parseArgs({
      args: [...args],
      options: {
        ...HELP_OPTION,
        context: { type: 'string', short: 'c', multiple: true, default: [] },
        profile: { type: 'string' },
        region: { type: 'string' },
      },
    }).values;
  const values = parseCommand({ name: 'preflight', help: HELP }, parse);
  if ('text' in values) return values;
  return { context: values.context, profile: values.profile, region: values.region };
}
