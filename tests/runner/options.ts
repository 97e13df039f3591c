import { parseArgs } from 'node:util';
import { HELP_OPTION, parseCommand, type Command, type Ended } from '../../local/machine/command.ts';

const MORE = `

  -t, --testNamePattern name  only the tests whose names match this pattern
      --watch                 runs again what a change touches
      --coverage              says what of functions/ and layers/ was run, and fails below the floor
  -h, --help                  print this

Without a path or a name all tests run, and before them the gates: types, lint, format, secrets, imports.`;

const COMMANDS = {
  test: { name: 'test', help: `Usage: npm run test -- [options] [folder or test file ...]${MORE}` },
  soak: { name: 'soak', help: `Usage: npm run soak -- [options] [folder or test file ...]\n\nLonger proofs.${MORE}` },
} satisfies Record<string, Command>;

export interface Options {
  readonly paths: readonly string[];
  /** A regular expression. */
  readonly name: string | undefined;
  readonly watch: boolean;
  readonly coverage: boolean;
  readonly soak: boolean;
  readonly help: boolean;
}

const FLAGS = {
  testNamePattern: { type: 'string', short: 't' },
  watch: { type: 'boolean', default: false },
  coverage: { type: 'boolean', default: false },
  // `npm run soak` sets it.
  soak: { type: 'boolean', default: false },
  ...HELP_OPTION,
} as const;

/** What the command line asks for, or what to print instead. */
export function readOptions(args: readonly string[]): Options | Ended {
  return parseCommand(args.includes('--soak') ? COMMANDS.soak : COMMANDS.test, () => {
    const { values, positionals } = parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
    const { testNamePattern: name, ...flags } = values;
    if (name !== undefined) new RegExp(name);
    return { ...flags, name, paths: positionals };
  });
}
