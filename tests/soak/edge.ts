/**
 * A hundred thousand odd requests for `npm run local`, which runs in another terminal:
 *
 *     npx -c 'node tests/soak/edge.ts [requests] [seed]'
 */
import { openFolders } from '../../local/machine/folders.ts';
import { openRecord } from '../../local/machine/processes.ts';
import { readSettings } from '../../local/machine/settings.ts';
import { sendOdd } from './odd-requests.ts';

const [count = 100_000, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
const settings = readSettings();
const parts = () => JSON.stringify(openRecord(openFolders(settings).processes).alive());

const before = parts();
if (before === '[]') throw new Error('npm run local is not running');
console.log(`${count} requests, seed ${seed}`);
const { statuses, faults } = await sendOdd(settings.API_PORT, count, seed);
console.log(Object.fromEntries([...statuses].sort()));
for (const [fault, examples] of faults) console.log(`FAULT ${fault}\n${examples.join('\n')}`);
const isSame = parts() === before;
if (!isSame) console.log('FAULT a process ended');
process.exitCode = isSame && faults.size === 0 ? 0 : 1;
