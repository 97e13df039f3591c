import { parseArgs } from 'node:util';
import type { Options } from '../launcher/options.ts';
import { HELP_OPTION, parseCommand, refuse, type Ended } from '../machine/command.ts';

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
const STACK = { name: 'stack', help: HELP };

/**
 * @returns the options, or a text to print and end with (0 for --help, 2 for what is not known or does not go
 * together).
 */
export function parseStackOptions(args: readonly string[]): StackOptions | Ended {
  const values = parseCommand(STACK, () => parse(args));
  if ('text' in values) return values;
  const { down, volumes, json, watch, build } = values;
  if (volumes && !down) return refuse(STACK, '--volumes goes with --down');
  if (!down) return { action: 'up', launcher: { json, watch, build, reset: false } };
  if (json || watch || !build) return refuse(STACK, '--down goes with nothing but --volumes');
  return { action: 'down', volumes };
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
      ...HELP_OPTION,
    },
  }).values;
}
