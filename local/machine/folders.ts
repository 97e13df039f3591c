import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { localDirectory, type Settings } from './settings.ts';

/** What the embedded parts keep on disk. */
export interface Folders {
  readonly postgres: string;
  readonly prometheus: string;
  /** Every line that the functions wrote, kept until --reset: the log that `npm run verify` trusts. */
  readonly spool: string;
  /**
   * Checkpoints, tombstones and what reconcile witnessed, kept until --reset; apart from the spool, which they are held
   * against.
   */
  readonly evidence: string;
  readonly bookmark: string;
  readonly apiErrors: string;
  readonly processes: string;
  /** Where the database of a running launcher is; `npm run verify` reads it. Only its owner may. */
  readonly databaseUrl: string;
}

export function openFolders(settings: Settings): Folders {
  const root = localDirectory(settings);
  const spool = join(root, 'spool');
  const log = `functions${suffixOf(settings.DATABASE_URL)}`;
  const evidence = join(root, 'evidence');
  mkdirSync(spool, { recursive: true });
  mkdirSync(evidence, { recursive: true });
  return {
    postgres: join(root, 'postgres'),
    prometheus: join(root, 'prometheus'),
    spool: join(spool, `${log}.ndjson`),
    evidence: join(evidence, `${log}.ndjson`),
    bookmark: join(spool, `${log}.delivered`),
    apiErrors: join(root, 'api-errors.log'),
    processes: join(root, 'processes.json'),
    databaseUrl: join(root, 'database-url'),
  };
}

/**
 * A log of its own for each database: `npm run verify` holds one against the other (functions/verify/settings.ts names
 * it alike).
 */
function suffixOf(databaseUrl: string | undefined): string {
  if (databaseUrl === undefined) return '';
  const { host, pathname } = new URL(databaseUrl);
  return `-${createHash('sha256')
    .update(host + pathname)
    .digest('hex')
    .slice(0, 8)}`;
}
