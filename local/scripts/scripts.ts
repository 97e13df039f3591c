/** The scripts of package.json whose work other programs do. */
import type { ParseArgsOptionsConfig } from 'node:util';
import type { Command } from '../machine/command.ts';

/** A program of `node_modules/.bin` with its arguments; `node` is the one that runs this. */
export type Step = readonly [program: string, ...args: string[]];

export interface Script extends Command {
  /** Done one after the other until one fails. */
  readonly steps: readonly Step[];
  /** Given to the last step as they are. */
  readonly options?: ParseArgsOptionsConfig;
}

const BUILD: Step = ['node', 'infra/build.ts'];

/**
 * Of the CDK's options those that are of use for this one stack. It would take one that it does not know in silence.
 */
const CDK = {
  context: { type: 'string', short: 'c', multiple: true },
  profile: { type: 'string' },
  region: { type: 'string' },
  app: { type: 'string', short: 'a' },
  output: { type: 'string', short: 'o' },
  verbose: { type: 'boolean', short: 'v', multiple: true },
} satisfies ParseArgsOptionsConfig;
const CDK_DEPLOY = {
  ...CDK,
  'require-approval': { type: 'string' },
  'role-arn': { type: 'string', short: 'r' },
  'outputs-file': { type: 'string', short: 'O' },
  'import-existing-resources': { type: 'boolean' },
  rollback: { type: 'boolean' },
  force: { type: 'boolean', short: 'f' },
  progress: { type: 'string' },
  ci: { type: 'boolean' },
} satisfies ParseArgsOptionsConfig;

export const SCRIPTS: readonly Script[] = [
  {
    name: 'lint',
    help: `Usage: npm run lint

Checks types, lint rules, format and the direction of imports. Changes nothing; ends with 1 at the first that fails.

  --help  print this`,
    steps: [
      ['tsc', '--noEmit'],
      ['tsc', '--noEmit', '--project', 'local/console/page'],
      ['eslint', '.', '--max-warnings=0'],
      ['prettier', '--check', '.'],
      [
        ...(['depcruise', '--config', '.dependency-cruiser.cjs'] as const),
        ...['functions', 'layers', 'infra', 'local', 'bench', 'tests'],
      ],
    ],
  },
  {
    name: 'format',
    help: `Usage: npm run format

Rewrites every file in the project's format, and what lint can mend by itself.

  --help  print this`,
    steps: [
      ['prettier', '--write', '.'],
      ['eslint', '.', '--fix'],
    ],
  },
  {
    name: 'synth',
    help: `Usage: npm run synth -- [options]

Builds, then makes the template for AWS in cdk.out/ and runs all checks on it. Needs no account, no Docker, no Internet.

  -c, --context key=value  a choice for the deployment (docs/settings.md); may be given several times
      --profile name       of the AWS configuration
      --region name        of AWS
  -o, --output folder      instead of cdk.out/
  -a, --app command        instead of that in cdk.json
  -v, --verbose            print what the CDK does
  -h, --help               print this`,
    steps: [BUILD, ['cdk', 'synth', '--quiet']],
    options: CDK,
  },
  {
    name: 'deploy',
    help: `Usage: npm run deploy -- [options]

Builds, checks and deploys to the AWS account of your credentials. npm run preflight says before it what would fail.

  -c, --context key=value            a choice for the deployment (docs/settings.md); may be given several times
      --profile name                 of the AWS configuration
      --region name                  of AWS
      --require-approval level       any-change, broadening or never
      --import-existing-resources    take in log groups that an earlier deployment left
  -O, --outputs-file file            write the outputs there, as JSON
  -r, --role-arn arn                 deploy as this role
      --no-rollback                  leave what was made when a deployment fails
  -f, --force                        deploy a template that did not change
      --progress bar|events, --ci, -o, --output, -a, --app, -v, --verbose
  -h, --help                         print this

These go to cdk deploy as they are; npx cdk deploy takes all of its options, and does not build.`,
    steps: [BUILD, ['cdk', 'deploy']],
    options: CDK_DEPLOY,
  },
  {
    name: 'figures',
    help: `Usage: npm run figures

Builds, runs npm run local in a folder of its own and prints start-up, requests per second, memory and sizes as measured
on this machine. Takes a minute or two.

  --help  print this`,
    steps: [BUILD, ['node', 'tests/figures.ts']],
  },
  {
    name: 'screenshots',
    help: `Usage: npm run screenshots

Builds, runs npm run local in a folder of its own and overwrites the pictures in local/console/screenshots/ with what a
headless Chromium on PATH draws of a normal request and of a slow one.

  --help  print this`,
    steps: [BUILD, ['node', '--test', 'tests/screenshots.ts']],
  },
];
