import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { localDirectory, type Settings } from './settings.ts';

/** What the embedded parts keep on disk. */
export interface Folders {
  readonly postgres: string;
  readonly prometheus: string;
  /** Every line that the functions wrote, kept until --reset: the log that `npm run verify` trusts. */
  readonly spool: string;
  readonly bookmark: string;
  readonly apiErrors: string;
  readonly processes: string;
  /** Where the database of a running launcher is; `npm run verify` reads it. Only its owner may. */
  readonly databaseUrl: string;
}

export function openFolders(settings: Settings): Folders {
  const root = localDirectory(settings);
  const spool = join(root, 'spool');
  mkdirSync(spool, { recursive: true });
  return {
    postgres: join(root, 'postgres'),
    prometheus: join(root, 'prometheus'),
    spool: join(spool, 'functions.ndjson'),
    bookmark: join(spool, 'delivered'),
    apiErrors: join(root, 'api-errors.log'),
    processes: join(root, 'processes.json'),
    databaseUrl: join(root, 'database-url'),
  };
}
