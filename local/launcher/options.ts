import { readFlags, type Usage } from '../machine/command.ts';

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

export function parseOptions(args: readonly string[]): Options | Usage {
  return readFlags(args, HELP, { json: false, reset: false, watch: false, build: true });
}
