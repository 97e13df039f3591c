/**
 * `npm run verify`: exit code 0 when the audit trail is what was written, 1 when it is not, 2 when it could not be
 * read.
 */
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { HELP_OPTION, orEnd, parseCommand } from '../../local/machine/command.ts';
import { connect } from '../runtime/postgres.ts';
import { databaseSettings, readSettings } from '../runtime/settings.ts';
import { readHeads } from './heads.ts';
import { readVerifySettings } from './settings.ts';
import { readTrails } from './store.ts';
import { verify, type Verdict } from './verify.ts';

const HELP = `Usage: npm run verify -- [--log FILE]

Holds the audit trail in PostgreSQL against the chain heads in the log and names every row that is not what was written.

  --log FILE  lines of the functions' log; - reads them from standard input, for example
              aws logs tail /aws/lambda/… --since 30d --format short | npm run verify -- --log -
              (default: the log of npm run local)
  --help      print this

The database is DATABASE_URL (with DATABASE_CA_FILE and DATABASE_AUTH, as for the functions), or that of a running
npm run local. As DATABASE_ROLE prior_auth_verify it sees audit rows and request numbers only.`;

const options = { ...HELP_OPTION, log: { type: 'string' } } as const;
const { log } = orEnd(parseCommand({ name: 'verify', help: HELP }, () => parseArgs({ options }).values));
process.exitCode = await main();

async function main(): Promise<number> {
  try {
    return report(await run());
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

async function run(): Promise<Verdict> {
  const { database: environment, spool } = readVerifySettings();
  if (environment === undefined)
    throw new Error('There is no database to verify: start npm run local, or set DATABASE_URL.');
  const file = log ?? spool;
  if (file !== '-' && !existsSync(file)) throw new Error(`There is no log at ${file}: name one with --log.`);
  // The log first: a request that comes in between then lacks its witness, instead of seeming to have vanished.
  const heads = await readHeads(createInterface({ input: file === '-' ? process.stdin : createReadStream(file) }));
  const database = connect(readSettings(databaseSettings, environment));
  try {
    return await verify(readTrails(database), heads);
  } finally {
    await database.sql.end();
  }
}

function report({ requests, events, unwitnessed, findings }: Verdict): number {
  for (const finding of findings) console.error(finding);
  const witnesses =
    unwitnessed === 0
      ? ''
      : ` ${unwitnessed} of the requests are not in this log and were checked against themselves only.`;
  console.log(`${requests} requests, ${events} audit events, ${findings.length} findings.${witnesses}`);
  return findings.length === 0 ? 0 : 1;
}
