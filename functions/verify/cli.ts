/**
 * `npm run verify`: exit code 0 when everything is what was written, 1 when it is not, 2 when it could not be read.
 */
import { createReadStream, existsSync } from 'node:fs';
import { basename } from 'node:path';
import { orEnd } from '../../local/machine/command.ts';
import { readCommandSettings, type CommandSettings } from '../runtime/commands/settings.ts';
import { connect, type Database } from '../runtime/postgres.ts';
import { databaseSettings, readSettings } from '../runtime/settings.ts';
import { writeBundle } from './bundle.ts';
import { readLines, type Line } from './lines.ts';
import { readLog, type Log } from './log.ts';
import { parseOptions, type Options } from './options.ts';
import { summary } from './report.ts';
import { inSnapshot, readStart, type Start } from './store.ts';
import { verify, type Verification } from './verify.ts';

const options = orEnd(parseOptions(process.argv.slice(2)));
process.exitCode = await main();

async function main(): Promise<number> {
  try {
    return report(await run(), options);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

async function run(): Promise<Verification> {
  const settings = readCommandSettings();
  if (settings.database === undefined)
    throw new Error('There is no database to verify: start npm run local, or set DATABASE_URL.');
  const files = filesOf(options, settings);
  const database = connect(readSettings(databaseSettings, settings.database));
  try {
    const start = await readStart(database);
    // The log before the database: a request that comes in between lacks its witness, instead of seeming to have
    // vanished.
    return await compare(database, await readLog(linesOf(files)), { options, settings, files, start });
  } finally {
    await database.sql.end();
  }
}

interface Comparison {
  readonly options: Options;
  readonly settings: CommandSettings;
  readonly files: readonly string[];
  readonly start: Start;
}

function compare(database: Database, log: Log, { options, settings, files, start }: Comparison): Promise<Verification> {
  return inSnapshot(database, async (snapshot) => {
    const { id, evidence, allowUnwitnessed, linesSince } = options;
    const checks = { start, allowUnwitnessed, linesSince };
    if (id === undefined) return verify(snapshot, log, checks);
    const range = log.checkpoints.find(({ after_id, last_id }) => id > after_id && id <= last_id);
    const scope = { after: range?.after_id ?? id - 1, until: range?.last_id ?? id };
    const verdict = await verify(snapshot, log, { ...checks, scope });
    if (evidence !== undefined) {
      const sources = { id, snapshot, range, verdict, lines: linesOf(files), traces: settings.traces };
      await writeBundle(evidence, sources);
    }
    return verdict;
  });
}

/** @throws Error when a log that was named, or the one of npm run local, is not there */
function filesOf({ logs }: Options, { spool, evidence }: CommandSettings): readonly string[] {
  const absent = (logs.length > 0 ? logs : [spool]).find((file) => file !== '-' && !existsSync(file));
  if (absent !== undefined) throw new Error(`There is no log at ${absent}: name one with --log.`);
  return logs.length > 0 ? logs : [spool, evidence].filter(existsSync);
}

async function* linesOf(files: readonly string[]): AsyncGenerator<Line> {
  for (const file of files)
    yield* file === '-' ? readLines('standard input', process.stdin) : readLines(nameOf(file), createReadStream(file));
}

/** Enough for people to find it: spool and evidence log have the same file name. */
function nameOf(file: string): string {
  return file.split(/[\\/]/).slice(-2).join('/') || basename(file);
}

function report(verdict: Verification, { json }: Options): number {
  if (json) console.log(JSON.stringify(verdict, undefined, 2));
  else {
    for (const { text } of verdict.findings) console.error(text);
    console.log(summary(verdict));
  }
  return verdict.findings.length === 0 ? 0 : 1;
}
