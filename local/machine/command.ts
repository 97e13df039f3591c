/** What every `npm run` script of this folder does with its arguments, its exit code and its faults. */
import { parseArgs } from 'node:util';
import { fail } from './terminal.ts';

/** A text to print and end with: 0 for --help, 2 for an argument that is not known. */
export interface Usage {
  readonly text: string;
  readonly exitCode: 0 | 2;
}

/**
 * Reads flags (`--json`, `--no-build`) beside `--help`.
 * @param flags what each is when it is not given
 */
export function readFlags<Name extends string>(
  args: readonly string[],
  help: string,
  flags: Readonly<Record<Name, boolean>>,
): Record<Name, boolean> | Usage {
  const options = Object.fromEntries(
    Object.entries<boolean>(flags).map(([name, value]) => [name, { type: 'boolean', default: value } as const]),
  );
  try {
    const { values } = parseArgs({
      args: [...args],
      allowNegative: true,
      options: { ...options, help: { type: 'boolean', short: 'h', default: false } },
    });
    const { help: isAsked, ...given } = values;
    return isAsked ? { text: help, exitCode: 0 } : { ...flags, ...given };
  } catch (error) {
    return refuseUsage(messageOf(error), help);
  }
}

export function refuseUsage(fault: string, help: string): Usage {
  return { text: `${fault}\n\n${help}`, exitCode: 2 };
}

export function isUsage(options: object): options is Usage {
  return 'text' in options;
}

/** Runs a script to its end. @param run returns the exit code; what it throws is said, and the code is 1 */
export async function runCommand<T extends object>(
  options: T | Usage,
  run: (options: T) => Promise<number>,
): Promise<void> {
  if (isUsage(options)) {
    (options.exitCode === 0 ? console.log : console.error)(options.text);
    process.exitCode = options.exitCode;
    return;
  }
  try {
    process.exitCode = await run(options);
  } catch (error) {
    fail(messageOf(error));
    process.exitCode = 1;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
