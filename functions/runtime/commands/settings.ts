import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { logNameOf } from '../../contract/log-name.ts';
import { databaseUrlFault } from '../../contract/settings-rules.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** The whole table in one statement takes longer than a request may. */
const STATEMENT_TIMEOUT_MS = '600000';
const TRACES_PORT = '16686';

/** Where the commands on the trail (`npm run verify`, `npm run purge`) find what they work on. */
export interface CommandSettings {
  /** The environment of `databaseSettings`; undefined: there is no database. */
  readonly database: Readonly<Record<string, string | undefined>> | undefined;
  /** The log of `npm run local`. */
  readonly spool: string;
  /** Where its checkpoints, tombstones and witnesses are. */
  readonly evidence: string;
  /** Its trace API. */
  readonly traces: string;
}

/**
 * DATABASE_URL, or the database of a running `npm run local`, which leaves its address in LOCAL_DIR.
 * @throws Error that names the rule which DATABASE_URL breaks, never its value
 */
export function readCommandSettings(): CommandSettings {
  if (existsSync(join(ROOT, '.env'))) process.loadEnvFile(join(ROOT, '.env'));
  const folder = resolve(ROOT, process.env['LOCAL_DIR'] || '.local');
  const own = process.env['DATABASE_URL'] || undefined;
  const fault = own && databaseUrlFault(own);
  if (fault) throw new Error(`DATABASE_URL ${fault}`);
  const address = join(folder, 'database-url');
  const url = own ?? (existsSync(address) ? readFileSync(address, 'utf8') : undefined);
  const log = `${logNameOf(own, sha256)}.ndjson`;
  return {
    database:
      url === undefined
        ? undefined
        : { ...process.env, DATABASE_URL: url, DATABASE_STATEMENT_TIMEOUT_MS: STATEMENT_TIMEOUT_MS },
    spool: join(folder, 'spool', log),
    evidence: join(folder, 'evidence', log),
    traces: `http://${process.env['HOST'] || '127.0.0.1'}:${process.env['TRACES_PORT'] || TRACES_PORT}`,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
