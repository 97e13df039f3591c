import { parseArgs } from 'node:util';

const HELP = `Usage: npm run demo

Sends a normal, a slow and a malformed request to a running system (npm run local, or the Docker stack) and shows of each
the answer, WHERE the time went (its trace), WHAT was counted (/metrics), and WHY it was decided so (its audit events,
or its faults and its log line). Ends with 1, and names it, when any of these is missing or wrong.

  --help  print this

API_PORT and TRACES_PORT, from the environment or from .env, say where the system is.`;

/** @returns a text to print and end with (0 for --help, 2 for an argument that is not known), or undefined to go on. */
export function readOptions(args: readonly string[]): { readonly text: string; readonly exitCode: 0 | 2 } | undefined {
  try {
    const options = { help: { type: 'boolean', short: 'h', default: false } } as const;
    return parseArgs({ args: [...args], options }).values.help ? { text: HELP, exitCode: 0 } : undefined;
  } catch (error) {
    return { text: `${error instanceof Error ? error.message : String(error)}\n\n${HELP}`, exitCode: 2 };
  }
}
