/** `npm run local`: the whole system on a bare machine, in the foreground until Ctrl-C or SIGTERM. */
import { orEnd, runToEnd } from '../machine/command.ts';
import { readSettings } from '../machine/settings.ts';
import { launch } from './launcher.ts';
import { parseOptions } from './options.ts';

const options = orEnd(parseOptions(process.argv.slice(2)));

await runToEnd(() => launch(readSettings(), options));
