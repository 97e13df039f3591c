import { parseArgs } from 'node:util';
import { HELP_OPTION, parseCommand, refuse, type Ended } from '../../local/machine/command.ts';
import { fromRequestId } from '../contract/request-id.ts';

export interface Options {
  /** Files, or - for standard input; none: those of npm run local. */
  readonly logs: readonly string[];
  readonly json: boolean;
  readonly allowUnwitnessed: boolean;
  readonly linesSince: Date | undefined;
  /** The one request to look at. */
  readonly id: number | undefined;
  /** Where its evidence goes. */
  readonly evidence: string | undefined;
}

const HELP = `Usage: npm run verify -- [options]

Holds what PostgreSQL has against what the log says, and names everything that is not as it was written: trails, requests and
keys by their digest, statuses, missing lines, checkpoints, tombstones. Exit code 0: nothing found; 1: findings; 2: it could
not be read.

  --log FILE            lines of the functions' log and of reconcile's, in any order of files; may be repeated; - reads them
                        from standard input, for example aws logs tail /aws/lambda/… --since 30d --format short
                        (default: the log and the evidence log of npm run local)
  --lines-since DATE    the log keeps no lines from before: what is older is held against checkpoints alone
  --allow-unwitnessed   requests without a line are counted and are no finding
  --request PA-00017    looks at one request, and at the others under its checkpoint
  --evidence DIR        with --request: writes its evidence into a new folder, with how to check it by hand; nothing in it
                        says anything about a member
  --json                prints one JSON document
  --help                print this

The database is DATABASE_URL (with DATABASE_CA_FILE and DATABASE_AUTH, as for the functions), or that of a running
npm run local. As DATABASE_ROLE prior_auth_verify it sees audit rows and request numbers only.`;

const COMMAND = { name: 'verify', help: HELP };

/** @returns the options, or a text to print and end with */
export function parseOptions(args: readonly string[]): Options | Ended {
  const values = parseCommand(COMMAND, () => parseValues(args));
  if ('exitCode' in values) return values;
  try {
    return toOptions(values);
  } catch (error) {
    return refuse(COMMAND, error instanceof Error ? error.message : String(error));
  }
}

function parseValues(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      ...HELP_OPTION,
      log: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      'allow-unwitnessed': { type: 'boolean', default: false },
      'lines-since': { type: 'string' },
      request: { type: 'string' },
      evidence: { type: 'string' },
    },
  }).values;
}

/** @throws Error that says which argument is wrong */
function toOptions(values: ReturnType<typeof parseValues>): Options {
  if (values.evidence !== undefined && values.request === undefined)
    throw new Error('--evidence is of one request: name it with --request');
  return {
    logs: values.log,
    json: values.json,
    allowUnwitnessed: values['allow-unwitnessed'],
    linesSince: values['lines-since'] === undefined ? undefined : parseDate(values['lines-since']),
    id: values.request === undefined ? undefined : parseId(values.request),
    evidence: values.evidence,
  };
}

function parseDate(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new Error('--lines-since must be a date such as 2026-11-30.');
  return date;
}

function parseId(text: string): number {
  const id = fromRequestId(text);
  if (id === undefined) throw new Error('--request must be a PA number such as PA-00017.');
  return id;
}
