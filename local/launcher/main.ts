/** `npm run local`: the whole system on a bare machine, in the foreground until Ctrl-C or SIGTERM. */
import { runCommand } from '../machine/command.ts';
import { readSettings } from '../machine/settings.ts';
import { launch } from './launcher.ts';
import { parseOptions } from './options.ts';

await runCommand(parseOptions(process.argv.slice(2)), (options) => launch(readSettings(), options));
