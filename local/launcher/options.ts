import { parseArgs } from 'node:util';
import { HELP_OPTION, parseCommand, type Ended } from '../machine/command.ts';

export interface Options {
  readonly json: boolean;
  readonly reset: boolean;
  readonly watch: boolean;
  /** False: run what was built before. */
  readonly build: boolean;
}

const HELP = `Usage: npm run local -- [options]

Runs the prior authorization API with everything that explains it: PostgreSQL, the OpenTelemetry layer, an OTLP
receiver with Jaeger's query API, and the log subscription that feeds /metrics. Ctrl-C stops it; data stays.

  --json      print every line that the functions write, unchanged, instead of a readable line per request
  --reset     remove data, counters and log of earlier runs first (refused when DATABASE_URL is set)
  --watch     rebuild on a change under functions/ or layers/; the next request runs the new code
  --no-build  run what npm run build made before
  --help      print this

Settings are read from the environment and from .env; .env.example lists them.`;

/** @returns the options, or a text to print and end with (0 for --help, 2 for an argument that is not known). */
export function parseOptions(args: readonly string[]): Options | Ended {
  const parse = () =>
    parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        ...HELP_OPTION,
        json: { type: 'boolean', default: false },
        reset: { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        build: { type: 'boolean', default: true },
      },
    }).values;
  return parseCommand({ name: 'local', help: HELP }, parse);
}
