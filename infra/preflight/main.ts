/** `npm run preflight`: what usually breaks a first deployment, looked at before it. Ends with 1 at a fault. */
import { resolve } from 'node:path';
import { orEnd } from '../../local/machine/command.ts';
import { build } from '../build.ts';
import { parseOptions } from './options.ts';
import { preflight } from './preflight.ts';
import { countFaults, renderCheck, renderSummary } from './report.ts';
import { readPlace } from './settings.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const options = orEnd(parseOptions(process.argv.slice(2)));

// Whoever read the output is gone (`npm run preflight | head -3`).
process.stdout.on('error', () => process.exit(1));

await build();
const checks = await preflight(options, readPlace(options), ROOT);
for (const check of checks) console.log(renderCheck(check));
console.log(renderSummary(checks));
// What was not waited for any longer may still keep the process.
process.exit(countFaults(checks) === 0 ? 0 : 1);
