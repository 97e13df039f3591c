/**
 * The command line of an `npm run` script: `--help` prints and changes nothing, what is not known is refused in one
 * line.
 */
import { parseArgs } from 'node:util';
import { fail } from './terminal.ts';

export interface Command {
  /** The name of the script: `npm run NAME`. */
  readonly name: string;
  /** Begins with `Usage: npm run NAME`. */
  readonly help: string;
}

/** What is printed instead of doing the work: help (0), or what was wrong with the command line (2). */
export interface Ended {
  readonly text: string;
  readonly exitCode: 0 | 2;
}

/** Goes into the options of each script's `parseArgs`. */
export const HELP_OPTION = { help: { type: 'boolean', short: 'h', default: false } } as const;

/** @param parse calls `parseArgs`, which throws at what it does not know */
export function parseCommand<Values extends { readonly help: boolean }>(
  command: Command,
  parse: () => Values,
): Values | Ended {
  try {
    const values = parse();
    return values.help ? { text: command.help, exitCode: 0 } : values;
  } catch (error) {
    return refuse(command, messageOf(error));
  }
}

/** @param fault what is wrong, without the advice that Node adds to an unknown option */
export function refuse({ name }: Command, fault: string): Ended {
  const [first = ''] = fault.split(/\. (?:To specify|This command)|\n/);
  return { text: `${first.replace(/\.$/, '')}. See npm run ${name} -- --help`, exitCode: 2 };
}

/** The options to go on with; otherwise prints the text and ends the process. */
export function orEnd<Options extends object>(options: Options | Ended): Options {
  if (!isEnded(options)) return options;
  (options.exitCode === 0 ? console.log : console.error)(options.text);
  process.exit(options.exitCode);
}

/** For a script that takes no options but `--help`. */
export function takeNoOptions(command: Command, args = process.argv.slice(2)): void {
  orEnd(parseCommand(command, () => parseArgs({ args, options: HELP_OPTION }).values));
}

function isEnded(options: object): options is Ended {
  return 'text' in options && 'exitCode' in options;
}

/** Does the work of a script. @param work returns the exit code; what it throws is said, and the code is 1 */
export async function runToEnd(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    fail(messageOf(error));
    process.exitCode = 1;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
