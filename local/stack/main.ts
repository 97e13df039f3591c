/** `npm run stack`: the API beside PostgreSQL, collector, Jaeger, Prometheus and Grafana in containers. */
import { readSettings } from '../machine/settings.ts';
import { fail } from '../machine/terminal.ts';
import { parseStackOptions } from './options.ts';
import { down, up } from './stack.ts';

const options = parseStackOptions(process.argv.slice(2));
if ('text' in options) {
  (options.exitCode === 0 ? console.log : console.error)(options.text);
  process.exit(options.exitCode);
}

try {
  const settings = readSettings();
  if (options.action === 'down') await down(settings, options.volumes);
  else process.exitCode = await up(settings, options.launcher);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
