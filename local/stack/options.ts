import { parseArgs } from 'node:util';
import type { Options } from '../launcher/options.ts';

/** What `npm run stack` is to do: run the API beside its containers, or remove these. */
export type StackOptions =
  { readonly action: 'up'; readonly launcher: Options } | { readonly action: 'down'; readonly volumes: boolean };

const HELP = `Usage: npm run stack -- [options]

Starts PostgreSQL, the OpenTelemetry collector, Jaeger, Prometheus, Alertmanager and Grafana in containers
(docker-compose.local.yml) and beside them the same API as npm run local, wired to them. Ctrl-C stops the API; the
containers run on. Without Docker: npm run local.

  --down      remove the containers; their data stays
  --volumes   with --down: remove their data, too
  --json      print every line that the functions write, unchanged, instead of a readable line per request
  --watch     rebuild on a change under functions/ or layers/; the next request runs the new code
  --no-build  run what npm run build made before
  --help      print this

Settings are read from the environment and from .env; .env.example lists them.`;

/** @returns the options, or a text to print and end with (0 for --help, 2 for what is not known or does not go together). */
export function parseStackOptions(
  args: readonly string[],
): StackOptions | { readonly text: string; readonly exitCode: 0 | 2 } {
  try {
    const { help, down, volumes, ...launcher } = parse(args);
    if (help) return { text: HELP, exitCode: 0 };
    if (volumes && !down) return refusal('--volumes goes with --down.');
    if (!down) return { action: 'up', launcher: { ...launcher, reset: false } };
    if (launcher.json || launcher.watch || !launcher.build) return refusal('--down goes with nothing but --volumes.');
    return { action: 'down', volumes };
  } catch (error) {
    return refusal(error instanceof Error ? error.message : String(error));
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      down: { type: 'boolean', default: false },
      volumes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      build: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

function refusal(fault: string) {
  return { text: `${fault}\n\n${HELP}`, exitCode: 2 } as const;
}
