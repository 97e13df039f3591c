/** `npm run local`: the whole system on a bare machine, in the foreground until Ctrl-C or SIGTERM. */
import { launch } from './launcher.ts';
import { parseOptions } from './options.ts';
import { orEnd } from '../machine/command.ts';
import { readSettings } from '../machine/settings.ts';
import { fail } from '../machine/terminal.ts';

const options = orEnd(parseOptions(process.argv.slice(2)));

try {
  process.exitCode = await launch(readSettings(), options);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
