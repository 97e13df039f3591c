import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { HELP_OPTION, parseCommand, refuse, type Ended } from '../../local/machine/command.ts';
import { fromRequestId } from '../contract/request-id.ts';

export interface Options {
  readonly selection: Selection;
  readonly by: string;
  readonly reason: string;
  readonly yes: boolean;
  /** A file, or - for standard output; undefined: the evidence log of npm run local. */
  readonly log: string | undefined;
}

/** What to remove: all created before an instant, or one. */
export type Selection = { readonly before: Date } | { readonly id: number };

const HELP = `Usage: npm run purge -- (--before DATE | --request PA-00017) --reason TEXT [options]

Removes requests with their audit trail and idempotency keys for good, in one transaction, and leaves a chained tombstone in
PostgreSQL and in the log: how many and which, when, who, why, and a hash over the heads of their trails. npm run verify
then knows that they were removed lawfully. Only what a checkpoint covers is removed: reconcile makes one for requests older
than five minutes.

  --before DATE    requests created before this instant, for example 2020-01-01 (UTC)
  --request PA-…   this request
  --reason TEXT    why; it stays in the tombstone, so it must say nothing about a member
  --by NAME        who; by default the user at this machine
  --yes            do not ask
  --log FILE       where the tombstone is written before the removal is committed; - is standard output. In the cloud it belongs
                   into the log group of reconcile (default: the evidence log of npm run local)
  --help           print this

The database is DATABASE_URL (with DATABASE_CA_FILE and DATABASE_AUTH, as for the functions), or that of a running
npm run local. The role prior_auth_purge can do this and nothing else. Exit code 0: done, or nothing to do; 2: not done.`;

const COMMAND = { name: 'purge', help: HELP };

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
      before: { type: 'string' },
      request: { type: 'string' },
      reason: { type: 'string', default: '' },
      by: { type: 'string' },
      yes: { type: 'boolean', default: false },
      log: { type: 'string' },
    },
  }).values;
}

/** @throws Error that says which argument is wrong */
function toOptions(values: ReturnType<typeof parseValues>): Options {
  const reason = values.reason.trim();
  if (reason === '') throw new Error('--reason is missing: it stays in the tombstone');
  return {
    selection: parseSelection(values),
    by: values.by?.trim() || userInfo().username,
    reason,
    yes: values.yes,
    log: values.log,
  };
}

function parseSelection({ before, request }: { before?: string; request?: string }): Selection {
  if ((before === undefined) === (request === undefined))
    throw new Error('Say what to remove: --before DATE, or --request PA-00017.');
  if (before !== undefined) {
    const date = new Date(before);
    if (Number.isNaN(date.getTime())) throw new Error('--before must be a date such as 2020-01-01.');
    return { before: date };
  }
  const id = fromRequestId(request ?? '');
  if (id === undefined) throw new Error('--request must be a PA number such as PA-00017.');
  return { id };
}
