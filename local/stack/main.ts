/** `npm run stack`: the API beside PostgreSQL, collector, Jaeger, Prometheus and Grafana in containers. */
import { orEnd, runToEnd } from '../machine/command.ts';
import { readSettings } from '../machine/settings.ts';
import { parseStackOptions } from './options.ts';
import { startStack, stopStack } from './stack.ts';

const options = orEnd(parseStackOptions(process.argv.slice(2)));

await runToEnd(async () => {
  const settings = readSettings();
  if (options.action === 'up') return startStack(settings, options.launcher);
  await stopStack(settings, options.volumes);
  return 0;
});
