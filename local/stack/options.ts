import type { Options } from '../launcher/options.ts';
import { isUsage, readFlags, refuseUsage, type Usage } from '../machine/command.ts';

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

/** Also of flags that do not go together it is the help. */
export function parseStackOptions(args: readonly string[]): StackOptions | Usage {
  const flags = readFlags(args, HELP, { down: false, volumes: false, json: false, watch: false, build: true });
  if (isUsage(flags)) return flags;
  const { down, volumes, ...launcher } = flags;
  if (volumes && !down) return refuseUsage('--volumes goes with --down.', HELP);
  if (!down) return { action: 'up', launcher: { ...launcher, reset: false } };
  if (launcher.json || launcher.watch || !launcher.build)
    return refuseUsage('--down goes with nothing but --volumes.', HELP);
  return { action: 'down', volumes };
}
