import { parseArgs } from 'node:util';

export const USAGE = `npm test                              the gates, then every test
npm test -- tests/functions/submit    the tests of a folder, or of a file: several may be named
npm test -- -t 'name'                 the tests whose names match a pattern
npm run test:watch                    every test, and again those of what changes; takes paths and -t
npm run test:coverage                 every test, with the coverage of functions/ and layers/ and its floor
npm run soak                          the longer proofs of tests/soak`;

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
  soak: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** What the command line asks for, or in one line why that cannot be. */
export function readOptions(
  args: readonly string[],
): { options: Options; refusal?: undefined } | { options?: undefined; refusal: string } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
    const { testNamePattern: name, ...flags } = values;
    if (name !== undefined) new RegExp(name);
    return { options: { ...flags, name, paths: positionals } };
  } catch (error) {
    return { refusal: error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error) };
  }
}
