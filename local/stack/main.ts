/** `npm run stack`: the API beside PostgreSQL, collector, Jaeger, Prometheus and Grafana in containers. */
import { runCommand } from '../machine/command.ts';
import { readSettings } from '../machine/settings.ts';
import { parseStackOptions } from './options.ts';
import { startStack, stopStack } from './stack.ts';

await runCommand(parseStackOptions(process.argv.slice(2)), async (options) => {
  const settings = readSettings();
  if (options.action === 'up') return startStack(settings, options.launcher);
  await stopStack(settings, options.volumes);
  return 0;
});
