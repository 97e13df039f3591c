/** `npm run stack`: the API beside PostgreSQL, collector, Jaeger, Prometheus and Grafana in containers. */
import { orEnd } from '../machine/command.ts';
import { readSettings } from '../machine/settings.ts';
import { fail } from '../machine/terminal.ts';
import { parseStackOptions } from './options.ts';
import { down, up } from './stack.ts';

const options = orEnd(parseStackOptions(process.argv.slice(2)));

try {
  const settings = readSettings();
  if (options.action === 'down') await down(settings, options.volumes);
  else process.exitCode = await up(settings, options.launcher);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
