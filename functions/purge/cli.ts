/**
 * `npm run purge`: exit code 0 when it is done or there is nothing to do, 2 when nothing was removed for another
 * reason.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { orEnd } from '../../local/machine/command.ts';
import { tombstoneLine } from '../prior-auth/evidence-line.ts';
import { toRequestId } from '../contract/request-id.ts';
import { readCommandSettings } from '../runtime/commands/settings.ts';
import { createEvidenceLog, type WriteEvidence } from '../runtime/evidence-log.ts';
import { connect, type Database } from '../runtime/postgres.ts';
import { databaseSettings, readSettings } from '../runtime/settings.ts';
import { parseOptions, type Options } from './options.ts';
import { preview, purge, type Preview } from './store.ts';

const options = orEnd(parseOptions(process.argv.slice(2)));
process.exitCode = await main();

async function main(): Promise<number> {
  try {
    return await run();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

async function run(): Promise<number> {
  const { database: environment, evidence } = readCommandSettings();
  if (environment === undefined)
    throw new Error('There is no database to purge: start npm run local, or set DATABASE_URL.');
  const write = openLog(options.log, evidence);
  const database = connect(readSettings(databaseSettings, environment));
  try {
    const found = await preview(database, options.selection);
    say(describe(found));
    if (found.requests === 0) return 0;
    if (!options.yes && !(await isConfirmed())) {
      say('Nothing was removed.');
      return 2;
    }
    return await remove(database, options, write);
  } finally {
    await database.sql.end();
  }
}

/** @throws Error when it is not known which log the tombstone belongs into */
function openLog(log: string | undefined, evidence: string): WriteEvidence {
  if (log === '-') return createEvidenceLog(undefined);
  if (log === undefined && !existsSync(dirname(evidence)))
    throw new Error('There is no npm run local here: name the log of the tombstone with --log.');
  return createEvidenceLog(log ?? evidence);
}

function describe({ requests, firstId, lastId, oldest, newest, tooYoung, purgedBy }: Preview): string {
  const young = tooYoung === 0 ? '' : ` ${tooYoung} more are not under a checkpoint of reconcile yet, and stay.`;
  if (requests === 0)
    return purgedBy === null ? `There is nothing to remove.${young}` : `It was removed by tombstone ${purgedBy}.`;
  return (
    `${requests} requests, ${toRequestId(firstId)} to ${toRequestId(lastId)}, created ${oldest.toISOString()} to ` +
    `${newest.toISOString()}: to be removed with trail and key, for good.${young}`
  );
}

async function isConfirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error('Nobody is there to ask: say --yes.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question('Remove them? Type yes: ')).trim() === 'yes';
  } finally {
    terminal.close();
  }
}

async function remove(database: Database, options: Options, write: WriteEvidence): Promise<number> {
  const tombstone = await purge(database, options.selection, options, (made) => write(tombstoneLine(made)));
  if (tombstone === undefined) say('There is nothing to remove any more.');
  else say(`Removed ${tombstone.requests} requests (${tombstone.ids}): tombstone ${tombstone.seq}, ${tombstone.hash}.`);
  return 0;
}

/** Beside standard output, which may be the log. */
function say(message: string): void {
  console.error(message);
}
